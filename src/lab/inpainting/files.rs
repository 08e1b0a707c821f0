//! Images and masks from files and from the clipboard, and pictures for files: all of it asked of the program.

use super::super::asks::Asks;
use super::super::client::{Choice, Errand, Return};
use super::compose;
use super::export::{self, Sheet};
use super::mask::Mask;
use super::results::Results;
use super::subject::Subject;
use super::tools::{Exchange, Orders};
use crate::run::Pictures;
use eframe::egui::{Color32, Event, Key, Ui};
use std::sync::Arc;

/// What came from the program and was not taken yet.
#[derive(Default)]
pub struct Files {
    image: Option<Arc<Pictures>>,
    mask: Option<Mask>,
    /// The key of pasting is down and was obeyed.
    pasted: bool,
}

impl Files {
    /// The image that came.
    pub fn take_image(&mut self) -> Option<Arc<Pictures>> {
        self.image.take()
    }

    /// The mask that came.
    pub fn take_mask(&mut self) -> Option<Mask> {
        self.mask.take()
    }

    /// Pasting is told in several ways: as text, as an image, or, where the clipboard holds no text, by nothing but the
    /// key that is let go.
    pub fn paste_keys(&mut self, ui: &Ui, orders: &mut Orders) {
        ui.input(|input| {
            for event in &input.events {
                match event {
                    Event::Paste(_) | Event::PasteImage(_) => {
                        self.pasted = true;
                        orders.files.push(Exchange::PasteImage);
                    }
                    Event::Key { key: Key::V, pressed: false, modifiers, .. } => {
                        if modifiers.command && !self.pasted {
                            orders.files.push(Exchange::PasteImage);
                        }
                        self.pasted = false;
                    }
                    _ => {}
                }
            }
        });
    }

    /// Does what was asked for; `side` is the finest grid's.
    pub fn serve(
        &self,
        file: Exchange,
        subject: Option<&Subject>,
        mask: &Mask,
        results: &Results,
        side: usize,
        asks: &mut Asks,
    ) {
        let mut export = |name: String, bytes: Box<dyn FnOnce() -> Vec<u8> + Send>| {
            asks.errands.push(Errand::Export { name, bytes });
        };
        match (file, subject) {
            (Exchange::ChooseImage, _) => asks.errands.push(Errand::Choose(Choice::Image)),
            (Exchange::ChooseMask, _) => asks.errands.push(Errand::Choose(Choice::Mask)),
            (Exchange::PasteImage, _) => asks.errands.push(Errand::PastePicture { side }),
            (Exchange::SaveMask, _) => {
                let mask = mask.clone();
                export(format!("mask-{}.png", mask.side), Box::new(move || export::mask_png(&mask)));
            }
            (Exchange::SaveFilled, Some(subject)) => {
                let side = subject.image.side;
                let filled = compose::filled(&subject.image, results.fill(), mask, Color32::GRAY);
                let name = format!("inpainting-{}.png", results.shown_name().replace(' ', "-"));
                export(name, Box::new(move || export::picture_png(&filled, side)));
            }
            (Exchange::SaveSheet, Some(subject)) => {
                let masked = compose::filled(&subject.image, None, mask, Color32::GRAY);
                let (image, answer) = (Arc::clone(&subject.image), results.answer().cloned());
                let sheet = Sheet { image, masked, answer };
                export("inpainting-sheet.png".to_owned(), Box::new(move || sheet.png()));
            }
            (Exchange::SaveFilled | Exchange::SaveSheet, None) => {
                asks.notice = Some("There is no image to save yet.".to_owned());
            }
        }
    }

    /// Takes what the program gives back. A file that was chosen is to be read for grids of this side.
    pub fn take_back(&mut self, back: Return, side: Option<usize>, asks: &mut Asks) {
        match back {
            Return::Chosen(choice @ (Choice::Image | Choice::Mask), path) => match side {
                Some(side) => asks.errands.push(Errand::ReadPicture { choice, path, side }),
                None => asks.notice = Some("The run has no grid yet. Choose the file again when it has.".to_owned()),
            },
            Return::Picture { choice: Choice::Image, path, picture } => match picture.rgba.is_empty() {
                false => self.image = Some(picture),
                true => asks.notice = Some(format!("{} holds no picture.", path.display())),
            },
            Return::Picture { choice: Choice::Mask, path, picture } => match Mask::of_picture(&picture) {
                Some(mask) => self.mask = Some(mask),
                None => asks.notice = Some(format!("{} holds no picture to use as a mask.", path.display())),
            },
            _ => {}
        }
    }
}
