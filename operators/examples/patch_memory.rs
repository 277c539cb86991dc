//! Peak memory of a training step: a TFNO on the whole field against the same TFNO on multi-grid patches.
//!
//! ```sh
//! cargo run --release -p sobolev-operators --example patch_memory -- whole
//! cargo run --release -p sobolev-operators --example patch_memory -- patches 1
//! ```
//!
//! One sample on 512² points, width 64, 64 x 64 modes, four blocks, one Tucker tensor for all; patches of two levels with 16 points
//! of padding, as many at a time as the second argument says. The peak is that of the process, one mode in each: the high-water mark
//! of its resident memory, less what it was before the model was made. On Linux.

use std::error::Error;
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use sobolev_kernels::rng;
use sobolev_kernels::testing::peak_rss_mib;
use sobolev_operators::fno::WeightConfig;
use sobolev_operators::train::{AdamW, Objective, PatchConfig, Sample, StepSettings};
use sobolev_operators::{FnoConfig, Loss, ModelConfig, MultigridConfig, TfnoConfig};

const N: usize = 512;
const STEPS: usize = 3;

fn field(seed: u64, device: &Device) -> Tensor<3> {
    let values: Vec<f32> =
        rng::normals(&mut rng::stream(seed, 0), N * N).into_iter().map(|v| v as f32).collect();
    Tensor::from_data(TensorData::new(values, [1, 1, N * N]), device)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let tfno = FnoConfig::new(&[64, 64], 64).with_weights(WeightConfig::tucker(0.01).joint());
    let tfno = ModelConfig::Tfno(TfnoConfig(tfno));
    let (config, per_pass) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["whole"] => (tfno, None),
        ["patches", per_pass] => {
            let decomposed = MultigridConfig::new(2, tfno).with_padding(16.0 / N as f64);
            (ModelConfig::Multigrid(decomposed), Some(per_pass.parse()?))
        }
        _ => return Err("expected `whole` or `patches NUMBER`".into()),
    };
    let peak = || peak_rss_mib().ok_or("/proc/self/status has no peak memory");
    let device = Device::flex();
    let tracked = device.clone().autodiff();
    let before = peak()?;
    let mut model = config.init(1, 1, 0, &tracked)?;
    let mut optimizer = AdamW::new(&model, None)?;
    let settings = StepSettings { weight_decay: 1e-4, ..StepSettings::default() };
    let patches = PatchConfig { per_pass, ..PatchConfig::default() };
    let batch = Sample { input: field(1, &tracked), target: field(2, &tracked), size: vec![N, N] };
    for step in 1..=STEPS {
        let start = Instant::now();
        let objective = Objective { loss: Loss::RelativeL2, patches: &patches, device: &device, seed: 0 };
        let (loss, gradients) = objective.gradients(&model, &batch)?;
        model = optimizer.step_by(model, gradients, &settings)?.0;
        println!(
            "step {step}: loss {loss:.4}, {:.2} s, peak {:.0} MiB",
            start.elapsed().as_secs_f64(),
            peak()? - before
        );
    }
    Ok(())
}
