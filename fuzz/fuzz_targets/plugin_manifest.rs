//! Any text as a plugin's manifest, beside a module that is sound: the plugin is taken, or named as broken.
#![no_main]

use emberlab::plugin::{Plugin, Registry, discover};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static FOLDER: tempfile::TempDir = {
        let folder = emberlab_fuzz::folder();
        let plugin = folder.path().join("mine");
        std::fs::create_dir(&plugin).expect("a folder");
        std::fs::write(plugin.join("mine.rhai"), "fn kernel() { 1 }\nfn metric(observed, synthesized) { 1.0 }\n")
            .expect("a file");
        std::fs::write(plugin.join("recipe.rhai"), emberlab_fuzz::RECIPE).expect("a file");
        folder
    };
}

fuzz_target!(|bytes: &[u8]| {
    emberlab_fuzz::caught_panics();
    FOLDER.with(|folder| {
        std::fs::write(folder.path().join("mine/plugin.toml"), bytes).expect("a file");
        let (plugins, broken) = discover(folder.path());
        assert_eq!(plugins.len() + broken.len(), 1);
        for error in broken {
            emberlab_fuzz::sound(&error.reason);
        }
        let registry = Registry::of(plugins.iter().map(|plugin| plugin as &dyn Plugin));
        let outside = registry.entries().iter().any(|entry| entry.target.contains(".."));
        assert!(!outside, "an entry leads out of the plugin's folder");
    });
});
