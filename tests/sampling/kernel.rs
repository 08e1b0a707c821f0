//! Kernels say their temperatures and refuse numbers that make none.

use crate::chains::{GAUSSIAN, ended, hamiltonian, kernel, langevin, lively, random, tempered};
use emberlab::compute::Statistics;
use emberlab::model::Reference;
use emberlab::sampling::{Kernel, Langevin, Rule};

fn annealed(steps: usize, from: f32, to: f32) -> Kernel {
    Kernel { steps, ..kernel(Rule::Annealed { drift: 0.02, gradient_limit: None, from, to }, None, GAUSSIAN) }
}

#[test]
fn an_annealed_kernel_cools_geometrically() {
    let kernel = annealed(5, 16.0, 1.0);
    let temperatures = [0, 1, 2, 3, 4, 9].map(|step| kernel.temperature_at(step));
    for (found, due) in temperatures.into_iter().zip([16.0, 8.0, 4.0, 2.0, 1.0, 1.0]) {
        assert!((found - due).abs() < 1e-9, "{temperatures:?}");
    }
    assert_eq!(kernel.temperature(), 1.0);
    for (step, due) in temperatures.into_iter().enumerate().take(5) {
        let langevin = kernel.langevin_at(step).unwrap();
        assert!((langevin.temperature() - due).abs() < 1e-5 * due);
        assert_eq!((langevin.drift, langevin.steps), (0.02, 5));
    }
    assert_eq!(annealed(1, 16.0, 2.0).temperature_at(0), 2.0, "a single step is the last");
}

#[test]
fn an_annealed_kernel_that_stays_at_one_is_the_plain_one() {
    let mut network = lively(4, 1);
    let start = random([5, 3, 4, 4]);
    let plain = kernel(Rule::Langevin { drift: 0.02, noise: 0.04f32.sqrt(), gradient_limit: None }, None, GAUSSIAN);
    let constant = annealed(10, 1.0, 1.0);
    assert_eq!(ended(&mut *network, &plain, &start, 10), ended(&mut *network, &constant, &start, 10));
    let cooling = annealed(10, 4.0, 1.0);
    assert_ne!(ended(&mut *network, &plain, &start, 10), ended(&mut *network, &cooling, &start, 10));
}

#[test]
fn every_rule_says_what_it_is() {
    let plain = langevin(0.3);
    assert!((plain.temperature() - 1.0).abs() < 1e-6 && plain.langevin_at(3).is_some());
    assert!(!plain.accepts() && !plain.needs_densities());
    for (kernel, temperature) in [(hamiltonian(0.3, 4), 1.0), (tempered(0.3, &[2.0, 3.0], 5), 2.0)] {
        assert!(kernel.accepts() && kernel.needs_densities() && kernel.langevin_at(0).is_none());
        assert_eq!(kernel.temperature(), temperature);
        assert!(kernel.check_statistics(Statistics::Frozen).is_ok());
        let refusal = kernel.check_statistics(Statistics::Batch).unwrap_err().to_string();
        assert!(refusal.contains("frozen"), "{refusal}");
    }
    assert!(plain.check_statistics(Statistics::Batch).is_ok());
    let langevin = Langevin::with_delta(7, 0.3, GAUSSIAN);
    assert_eq!(Kernel::from(langevin).langevin_at(2), Some(langevin));
}

#[test]
fn numbers_that_make_no_kernel_are_named() {
    let sound = [langevin(0.3), annealed(10, 4.0, 1.0), hamiltonian(0.3, 1), tempered(0.3, &[1.0, 2.0], 1)];
    assert!(sound.iter().all(|kernel| kernel.check().is_ok()));
    let hot = |temperatures: &[f32]| tempered(0.3, temperatures, 1);
    let drifting = |drift| kernel(Rule::Langevin { drift, noise: 0.1, gradient_limit: None }, None, GAUSSIAN);
    let boxed = |clamp| Kernel { clamp: Some(clamp), reference: Reference::Uniform, ..langevin(0.3) };
    let wrong = [
        (Kernel { steps: 0, ..langevin(0.3) }, "at least one step"),
        (drifting(-1.0), "drift"),
        (drifting(f32::NAN), "drift"),
        (
            kernel(Rule::Langevin { drift: 0.1, noise: 0.1, gradient_limit: Some(0.0) }, None, GAUSSIAN),
            "gradient limit",
        ),
        (boxed([1.0, 1.0]), "[-1, 1]"),
        (boxed([f32::NAN, 1.0]), "[-1, 1]"),
        (annealed(10, 0.0, 1.0), "first temperature"),
        (annealed(10, 1.0, -1.0), "last temperature"),
        (hamiltonian(0.0, 1), "step size"),
        (hamiltonian(0.1, 0), "leapfrog"),
        (hot(&[]), "[1, 2, 4]"),
        (hot(&[0.0, 1.0]), "rise"),
        (hot(&[1.0, 1.0]), "rise"),
        (tempered(0.3, &[1.0], 0), "change places"),
    ];
    for (kernel, word) in wrong {
        let message = kernel.check().unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}
