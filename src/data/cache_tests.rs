use super::*;
use crate::data::data_set::DataSet;
use crate::data::source::{Place, SourceSpec};
use std::cell::Cell;
use std::ops::ControlFlow;

/// A folder of pictures and a cache that is used from the first byte on.
struct Bench {
    pictures: tempfile::TempDir,
    cache: tempfile::TempDir,
    /// How often images were prepared.
    prepared: Cell<usize>,
}

impl Bench {
    fn new(count: u8) -> Self {
        let bench = Self {
            pictures: tempfile::tempdir().unwrap(),
            cache: tempfile::tempdir().unwrap(),
            prepared: Cell::new(0),
        };
        (0..count).for_each(|level| bench.write(&format!("{level:02}.png"), level));
        bench
    }

    fn write(&self, name: &str, level: u8) {
        image::GrayImage::from_pixel(4, 4, image::Luma([level])).save(self.pictures.path().join(name)).unwrap();
    }

    fn load(&self, memory: u64) -> DataSet {
        let place = Place::At { layout: None, path: self.pictures.path().to_path_buf() };
        let spec = SourceSpec { place, side: 4, range: [0.0, 255.0], ..SourceSpec::default() };
        let storage = Storage { memory, cached_from: 1, folder: Some(self.cache.path().to_path_buf()) };
        let set = crate::data::load(&spec, Path::new("."), &storage, &mut |_| {
            self.prepared.set(self.prepared.get() + 1);
            ControlFlow::Continue(())
        });
        set.unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        let slots: Vec<PathBuf> = fs::read_dir(self.cache.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(slots.len(), 1, "{slots:?}");
        slots[0].join(name)
    }
}

fn everything(set: &DataSet) -> Vec<f32> {
    let all = |images: &crate::data::ImageSet| {
        images.select(&(0..images.count()).collect::<Vec<_>>()).unwrap().data().to_vec()
    };
    [all(&set.training), all(&set.held_out)].concat()
}

#[test]
fn a_set_is_prepared_once_and_is_the_same_from_memory_cache_and_file() {
    let bench = Bench::new(20);
    let first = bench.load(u64::MAX);
    let (again, streamed) = (bench.load(u64::MAX), bench.load(0));
    assert_eq!(bench.prepared.get(), 1);
    assert!(again.in_memory() && !streamed.in_memory());
    for other in [&again, &streamed] {
        assert_eq!(everything(other), everything(&first));
        assert_eq!((other.fingerprint, &other.description), (first.fingerprint, &first.description));
        assert_eq!(other.training.colours(), first.training.colours());
    }
}

#[test]
fn other_content_of_the_same_size_and_time_is_noticed() {
    let bench = Bench::new(3);
    let before = bench.load(0).fingerprint;
    let path = bench.pictures.path().join("01.png");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let size = fs::metadata(&path).unwrap().len();
    bench.write("01.png", 77);
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    assert_eq!((file.metadata().unwrap().len(), file.metadata().unwrap().modified().unwrap()), (size, time));
    assert_ne!(bench.load(0).fingerprint, before);
    fs::remove_file(path).unwrap();
    assert_eq!(bench.load(0).training.count() + bench.load(0).held_out.count(), 2);
    assert_eq!(bench.prepared.get(), 3);
    bench.file("pixels");
}

#[test]
fn a_damaged_cache_is_noticed_and_made_anew() {
    let bench = Bench::new(10);
    let sound = everything(&bench.load(0));
    for name in ["pixels", "index.json"] {
        for damage in [0, 1, 2, 3] {
            let path = bench.file(name);
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            match damage {
                0 => bytes.clear(),
                1 => bytes.truncate(middle),
                2 => bytes[middle] ^= 1,
                _ => bytes.push(0),
            }
            fs::write(&path, bytes).unwrap();
            assert_eq!(everything(&bench.load(u64::MAX)), sound, "{name} {damage}");
        }
    }
    assert_eq!(bench.prepared.get(), 9);
}

#[test]
fn damage_of_a_set_in_use_is_an_error_and_mended_at_the_next_start() {
    let bench = Bench::new(10);
    let set = bench.load(0);
    let path = bench.file("pixels");
    let mut bytes = fs::read(&path).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x10);
    fs::write(&path, bytes).unwrap();
    let message = set.training.select(&[0]).unwrap_err().to_string();
    assert!(message.contains("not as they were written") && message.contains("EMBERLAB_CACHE"), "{message}");
    assert!(bench.load(0).training.select(&[0]).is_ok());
    fs::write(bench.file("pixels"), b"").unwrap();
    assert!(bench.load(0).training.select(&[0]).is_ok());
}

#[test]
fn without_a_cache_everything_is_in_memory() {
    let bench = Bench::new(5);
    let blocked = bench.cache.path().join("file");
    fs::write(&blocked, b"").unwrap();
    let place = Place::At { layout: None, path: bench.pictures.path().to_path_buf() };
    let spec = SourceSpec { place, side: 4, ..SourceSpec::default() };
    for folder in [None, Some(blocked)] {
        let storage = Storage { memory: 0, cached_from: 1, folder };
        let set = crate::data::load(&spec, Path::new("."), &storage, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(set.in_memory());
    }
}

#[test]
fn nothing_is_left_of_a_set_that_was_broken_off() {
    let bench = Bench::new(10);
    let place = Place::At { layout: None, path: bench.pictures.path().to_path_buf() };
    let spec = SourceSpec { place, side: 4, ..SourceSpec::default() };
    let storage = Storage { memory: 0, cached_from: 1, folder: Some(bench.cache.path().to_path_buf()) };
    assert!(crate::data::load(&spec, Path::new("."), &storage, &mut |_| ControlFlow::Break(())).is_err());
    assert_eq!(fs::read_dir(bench.cache.path()).unwrap().count(), 0);
}
