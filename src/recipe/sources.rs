//! The words of `data`: where images come from, and what is done to them.

use super::error::fail;
use super::options::{self, Options, Scripted, count, number, number_within, word};
use crate::data::{Crop, Filter, Layout, MadeUp, Place, SourceSpec};
use rhai::{Dynamic, Engine, Map};

/// A source as a script describes it; its size may be left to the pyramid.
#[derive(Debug, Clone)]
pub(super) struct DataWords {
    pub(super) spec: SourceSpec,
    pub(super) sized: bool,
}

impl DataWords {
    fn new(place: Place) -> Self {
        Self { spec: SourceSpec { place, side: 64, flip: false, ..SourceSpec::default() }, sized: false }
    }

    fn with(&self, change: impl FnOnce(&mut SourceSpec)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.spec);
        changed
    }
}

/// Registers every word.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<DataWords>("Data");
    register_places(engine);
    register_preparation(engine);
    register_observation(engine);
}

fn register_places(engine: &mut Engine) {
    engine.register_fn("builtin", |name: Dynamic| -> Scripted<DataWords> {
        Ok(DataWords::new(Place::Builtin(options::name("builtin: the name", &name)?)))
    });
    engine.register_fn("dataset", |name: Dynamic| -> Scripted<DataWords> {
        Ok(DataWords::new(Place::Named(options::name("dataset: the name", &name)?)))
    });
    engine.register_fn("mixture", |options: Map| -> Scripted<DataWords> {
        let mut options = Options::new("mixture", options);
        let density = MadeUp::Mixture {
            modes: options.count("modes", [1, 1000])?.unwrap_or(8),
            radius: options.number("radius", [0.0, 1.0])?.unwrap_or(0.35),
            spread: options.number("spread", [0.0, 1.0])?.unwrap_or(0.04),
            noise: options.number("noise", [1e-4, 10.0])?.unwrap_or(0.05),
        };
        made(options, density)
    });
    engine.register_fn("texture", |options: Map| -> Scripted<DataWords> {
        let mut options = Options::new("texture", options);
        let density = MadeUp::Texture {
            corner: options.number("corner", [0.01, 1000.0])?.unwrap_or(2.0),
            exponent: options.number("exponent", [0.0, 8.0])?.unwrap_or(2.0),
            deviation: options.number("deviation", [1e-4, 10.0])?.unwrap_or(0.3),
        };
        made(options, density)
    });
    engine.register_fn("images", |path: Dynamic| at("images: the path", None, &path));
    engine.register_fn("folder", |path: Dynamic| at("folder: the path", Some(Layout::Folder), &path));
    engine.register_fn("celeba", |path: Dynamic| at("celeba: the path", Some(Layout::Celeba), &path));
    engine.register_fn("celeba", |path: Dynamic, attribute: Dynamic| -> Scripted<DataWords> {
        let attribute = options::name("celeba: the attribute", &attribute)?;
        let data = at("celeba: the path", Some(Layout::Celeba), &path)?;
        Ok(data.with(|spec| spec.attribute = Some(attribute)))
    });
    engine.register_fn("svhn", |path: Dynamic| at("svhn: the path", Some(Layout::Svhn), &path));
    engine.register_fn("listed", |path: Dynamic| at("listed: the path", Some(Layout::Listed), &path));
    engine.register_fn("cifar", |path: Dynamic| at("cifar: the path", Some(Layout::Cifar), &path));
    engine.register_fn("idx", |path: Dynamic| at("idx: the path", Some(Layout::Idx), &path));
    engine.register_fn("numpy", |path: Dynamic| at("numpy: the path", Some(Layout::Numpy), &path));
    engine.register_fn("tar", |path: Dynamic| at("tar: the path", Some(Layout::Tar), &path));
    engine.register_fn("zip", |path: Dynamic| at("zip: the path", Some(Layout::Zip), &path));
    engine.register_fn("parquet", |path: Dynamic| at("parquet: the path", Some(Layout::Parquet), &path));
}

fn made(mut options: Options, density: MadeUp) -> Scripted<DataWords> {
    let count = options.count("count", [1, 1_000_000])?.unwrap_or(2000) as u32;
    let seed = options.count("seed", [0, 1_000_000_000])?.unwrap_or(0) as u64;
    options.finish()?;
    Ok(DataWords::new(Place::Made { density, count, seed }))
}

fn at(what: &str, layout: Option<Layout>, path: &Dynamic) -> Scripted<DataWords> {
    Ok(DataWords::new(Place::At { layout, path: options::path(what, path)?.into() }))
}

fn register_preparation(engine: &mut Engine) {
    engine.register_fn("resize", |data: &mut DataWords, side: Dynamic| -> Scripted<DataWords> {
        let side = count("resize: the side", &side, [2, 1024])?;
        Ok(DataWords { sized: true, ..data.with(|spec| spec.side = side) })
    });
    engine.register_fn("resize", |data: &mut DataWords, side: Dynamic, filter: Dynamic| -> Scripted<DataWords> {
        let side = count("resize: the side", &side, [2, 1024])?;
        let filter = filter_named(&word("resize: the filter", &filter)?)?;
        let change = |spec: &mut SourceSpec| (spec.side, spec.filter) = (side, filter);
        Ok(DataWords { sized: true, ..data.with(change) })
    });
    engine.register_fn("crop", |data: &mut DataWords, crop: Dynamic| -> Scripted<DataWords> {
        let crop = crop_named(&crop)?;
        Ok(data.with(|spec| spec.crop = crop))
    });
    engine.register_fn("crop", |data: &mut DataWords, x: Dynamic, y: Dynamic, side: Dynamic| -> Scripted<DataWords> {
        let corner = |value: &Dynamic| count("crop: the corner", value, [0, 20_000]).map(|value| value as u32);
        let side = count("crop: the side", &side, [1, 20_000])? as u32;
        let crop = Crop::At { x: corner(&x)?, y: corner(&y)?, side };
        Ok(data.with(|spec| spec.crop = crop))
    });
    engine.register_fn("grey", |data: &mut DataWords| data.with(|spec| spec.channels = 1));
    engine.register_fn(
        "background",
        |data: &mut DataWords, red: Dynamic, green: Dynamic, blue: Dynamic| -> Scripted<DataWords> {
            let level = |value: &Dynamic| count("background: a colour", value, [0, 255]).map(|level| level as u8);
            let background = [level(&red)?, level(&green)?, level(&blue)?];
            Ok(data.with(|spec| spec.background = background))
        },
    );
}

fn register_observation(engine: &mut Engine) {
    engine.register_fn("range", |data: &mut DataWords, low: Dynamic, high: Dynamic| -> Scripted<DataWords> {
        let range = [number("range: the low end", &low)? as f32, number("range: the high end", &high)? as f32];
        if range[0] >= range[1] {
            return fail(format!("range: the low end {} must be below the high end {}", range[0], range[1]));
        }
        Ok(data.with(|spec| spec.range = range))
    });
    engine.register_fn("flip", |data: &mut DataWords| data.with(|spec| spec.flip = true));
    engine.register_fn("noise", |data: &mut DataWords, deviation: Dynamic| -> Scripted<DataWords> {
        let noise = number_within("noise: the standard deviation", &deviation, [0.0, 1e4])? as f32;
        Ok(data.with(|spec| spec.noise = noise))
    });
    engine.register_fn("held_out", |data: &mut DataWords, share: Dynamic| -> Scripted<DataWords> {
        let share = number_within("held_out: the share", &share, [0.0, 0.9])?;
        Ok(data.with(|spec| spec.held_out = share))
    });
    engine.register_fn("of_class", |data: &mut DataWords, class: Dynamic| -> Scripted<DataWords> {
        let class = match class.as_int() {
            Ok(number) => number.to_string(),
            Err(_) => word("of_class: the class", &class)?,
        };
        Ok(data.with(|spec| spec.class = Some(class)))
    });
    engine.register_fn("held_out_list", |data: &mut DataWords, path: Dynamic| -> Scripted<DataWords> {
        let list = options::path("held_out_list: the path", &path)?;
        Ok(data.with(|spec| spec.held_out_list = Some(list.into())))
    });
}

fn filter_named(name: &str) -> Scripted<Filter> {
    match name {
        "area" => Ok(Filter::Area),
        "nearest" => Ok(Filter::Nearest),
        "bilinear" => Ok(Filter::Triangle),
        "bicubic" => Ok(Filter::CatmullRom),
        "lanczos" => Ok(Filter::Lanczos3),
        other => fail(format!("resize: unknown filter '{other}'; there are area, nearest, bilinear, bicubic, lanczos")),
    }
}

fn crop_named(crop: &Dynamic) -> Scripted<Crop> {
    if !crop.is_string() {
        return Ok(Crop::CentreOf(count("crop: the side", crop, [1, 20_000])? as u32));
    }
    match word("crop: the part", crop)?.as_str() {
        "centre" | "center" => Ok(Crop::Centre),
        "squeeze" => Ok(Crop::Squeeze),
        other => fail(format!(
            "crop: unknown part '{other}'; there are \"centre\", \"squeeze\", a side in pixels, or x, y, side"
        )),
    }
}
