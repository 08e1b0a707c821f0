//! Two pictures of one size against each other: where and by how much they differ.

use super::view;
use crate::lab::atlas::Atlas;
use crate::lab::images::pick::{Pick, Row};
use crate::lab::images::zoom::Zoom;
use crate::lab::{format, theme};
use crate::run::{Frame, Pictures};
use eframe::egui::{RichText, Slider, Ui, WidgetInfo};

/// Side of the pictures in points.
const SIDE: f32 = 112.0;

/// What the picture is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Against {
    /// The image of the same index in the other row.
    #[default]
    Other,
    /// The image kept for comparison, at the same grid.
    Pinned,
    Nearest,
}

/// The comparison of two pictures.
pub struct Difference {
    against: Against,
    /// Factor on the differences, 1 to 64.
    amplification: f32,
    /// Row and index of the image kept for comparison.
    pinned: Option<(Row, usize)>,
    /// Both pictures, absolute and signed difference; and what they were made of.
    atlas: Option<Atlas>,
    made_of: Option<[Pictures; 2]>,
    amplified: f32,
    measure: Measure,
}

impl Default for Difference {
    fn default() -> Self {
        Self {
            against: Against::Other,
            amplification: 4.0,
            pinned: None,
            atlas: None,
            made_of: None,
            amplified: 0.0,
            measure: Measure::default(),
        }
    }
}

/// How far two pictures are apart, as shares of the model's range.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Measure {
    /// Root mean square error.
    rmse: f64,
    /// Largest difference of one value.
    most: f64,
}

impl Measure {
    fn new(pictures: &[Pictures; 2]) -> Self {
        let [a, b] = pictures;
        let (mut sum, mut most, mut count) = (0.0, 0, 0_usize);
        for (x, y) in a.rgba.as_chunks::<4>().0.iter().zip(b.rgba.as_chunks::<4>().0) {
            for (x, y) in x.iter().zip(y).take(3) {
                let step = x.abs_diff(*y);
                sum += f64::from(step) * f64::from(step);
                most = most.max(step);
                count += 1;
            }
        }
        Self { rmse: (sum / count.max(1) as f64).sqrt() / 255.0, most: f64::from(most) / 255.0 }
    }

    /// Peak signal to noise ratio, decibels; infinite for equal pictures.
    fn psnr(&self) -> f64 {
        -20.0 * self.rmse.log10()
    }
}

/// Absolute and signed difference as pictures: black, or middle grey, is none.
fn differences([a, b]: &[Pictures; 2], amplification: f32) -> [Vec<u8>; 2] {
    let draw = |value: fn(f32) -> f32| -> Vec<u8> {
        let pixels = a.rgba.as_chunks::<4>().0.iter().zip(b.rgba.as_chunks::<4>().0);
        let channel =
            |x: u8, y: u8| value((f32::from(x) - f32::from(y)) * amplification).clamp(0.0, 255.0).round() as u8;
        pixels
            .flat_map(|([r, g, b, _], [s, h, c, _])| [channel(*r, *s), channel(*g, *h), channel(*b, *c), 255])
            .collect()
    };
    [draw(f32::abs), draw(|difference| 127.5 + difference / 2.0)]
}

impl Difference {
    /// Keeps an image to compare others with.
    pub fn pin(&mut self, pick: Pick) {
        self.pinned = Some((pick.row, pick.index));
        self.against = Against::Pinned;
    }

    /// Draws the comparison of a picture; `nearest` is its nearest training image, if that is known.
    pub fn ui(&mut self, ui: &mut Ui, pick: Pick, frame: &Frame, nearest: Option<Pictures>, zoom: &mut Zoom) {
        self.choice(ui, pick, nearest.is_some());
        let other = match self.against {
            Against::Other => Pick { row: pick.row.other(), ..pick }.picture(frame),
            Against::Pinned => self.pinned.and_then(|(row, index)| Pick { row, index, ..pick }.picture(frame)),
            Against::Nearest => nearest,
        };
        let Some((this, other)) = pick.picture(frame).zip(other) else {
            ui.weak("There is no such picture at this grid.");
            return;
        };
        if this.side != other.side {
            ui.weak("The two are of different sizes.");
            return;
        }
        self.refresh(ui, [this, other]);
        ui.horizontal_top(|ui| {
            for (at, label) in ["this", "that", "absolute difference", "signed difference"].into_iter().enumerate() {
                ui.vertical(|ui| {
                    view::ui(ui, self.atlas.as_ref(), at, SIDE, zoom, label);
                    ui.weak(RichText::new(label).small());
                });
            }
            ui.vertical(|ui| self.numbers(ui, frame.range));
        });
    }

    fn choice(&mut self, ui: &mut Ui, pick: Pick, nearest: bool) {
        let pinned = self.pinned.map(|(row, index)| format!("{} image {}", row.name(), index + 1));
        ui.horizontal(|ui| {
            ui.weak("against");
            let same = format!("{} image {}", pick.row.other().name(), pick.index + 1);
            ui.selectable_value(&mut self.against, Against::Other, same);
            if let Some(pinned) = pinned {
                ui.selectable_value(&mut self.against, Against::Pinned, format!("kept: {pinned}"));
            }
            ui.add_enabled_ui(nearest, |ui| {
                let label = ui.selectable_value(&mut self.against, Against::Nearest, "nearest training image");
                label.on_disabled_hover_text("Search for it first: Nearest training image");
            });
            if ui.button("Keep this one").on_hover_text("Compare other pictures with this image").clicked() {
                self.pinned = Some((pick.row, pick.index));
            }
            let slider =
                Slider::new(&mut self.amplification, 1.0..=64.0).logarithmic(true).max_decimals(1).prefix("× ");
            let slider = ui.add(slider).on_hover_text("Factor on the differences");
            slider.widget_info(|| WidgetInfo::slider(true, f64::from(self.amplification), "Amplification"));
        });
    }

    fn refresh(&mut self, ui: &Ui, pictures: [Pictures; 2]) {
        if self.made_of.as_ref() == Some(&pictures) && self.amplified == self.amplification {
            return;
        }
        self.measure = Measure::new(&pictures);
        let [absolute, signed] = differences(&pictures, self.amplification);
        let rgba = [&pictures[0].rgba, &pictures[1].rgba, &absolute, &signed].into_iter().flatten().copied().collect();
        let all = Pictures { side: pictures[0].side, count: 4, rgba };
        Atlas::fill(&mut self.atlas, ui.ctx(), "difference", &all);
        (self.made_of, self.amplified) = (Some(pictures), self.amplification);
    }

    fn numbers(&self, ui: &mut Ui, [low, high]: [f32; 2]) {
        let width = f64::from(high - low);
        let Measure { rmse, most } = self.measure;
        let line = |name: &str, value: String| RichText::new(format!("{name:<6}{value}")).font(theme::numbers());
        let both = |share: f64| format!("{} ({})", format::number(share * width), format::percent(share));
        let tip = "Root mean square error, in the model's units and as a share of its range";
        ui.label(line("RMSE", both(rmse))).on_hover_text(tip);
        let psnr = if rmse == 0.0 { "equal".to_owned() } else { format!("{:.1} dB", self.measure.psnr()) };
        ui.label(line("PSNR", psnr)).on_hover_text("Peak signal to noise ratio; the peak is the model's range");
        ui.label(line("most", both(most))).on_hover_text("Largest difference of one value");
        ui.weak("on the fixed range,\nfrom 8-bit values");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(values: &[u8]) -> Pictures {
        let rgba = values.iter().flat_map(|&value| [value, value, value, 255]).collect();
        Pictures { side: 2, count: 1, rgba }
    }

    #[test]
    fn distance_is_a_share_of_the_range() {
        let measure = Measure::new(&[grey(&[0, 0, 0, 0]), grey(&[255, 0, 0, 0])]);
        assert!((measure.rmse - 0.5).abs() < 1e-12 && measure.most == 1.0);
        assert!((measure.psnr() - 6.0206).abs() < 1e-3);
        let equal = Measure::new(&[grey(&[1, 2, 3, 4]), grey(&[1, 2, 3, 4])]);
        assert_eq!((equal.rmse, equal.psnr()), (0.0, f64::INFINITY));
    }

    #[test]
    fn signs_are_seen_and_small_differences_are_amplified() {
        let pair = [grey(&[100, 110, 90, 0]), grey(&[100, 100, 100, 255])];
        let [absolute, signed] = differences(&pair, 4.0);
        let reds = |bytes: &[u8]| -> Vec<u8> { bytes.iter().step_by(4).copied().collect() };
        assert_eq!(reds(&absolute), [0, 40, 40, 255]);
        assert_eq!(reds(&signed), [128, 148, 108, 0]);
    }
}
