//! Times of contractions of spectra with dense and factorised weights: the three cheapest plans by the cost model, with its estimate in
//! thousands of multiply-adds, the chosen one first:
//! `cargo run --release -p sobolev-kernels --example plan_times [part of a line]`.

use std::error::Error;

use sobolev_kernels::Complex;
use sobolev_kernels::contract::{
    CMatmul, Cost, CpPlan, Factorization, LayerAxis, Rank, SpectralShape, TrainPlan, TuckerPlan, cp,
    tensor_train, tucker,
};
use sobolev_kernels::testing::Times;

type C32 = Complex<f32>;

fn spectrum(len: usize) -> Vec<C32> {
    (0..len)
        .map(|i| {
            Complex::new(((i * 7919) % 1000) as f32 * 1e-3 - 0.5, ((i * 104_729) % 1000) as f32 * 1e-3 - 0.5)
        })
        .collect()
}

fn shapes() -> [SpectralShape; 2] {
    [(64, vec![64, 33]), (32, vec![16, 9])].map(|(width, modes)| SpectralShape {
        modes,
        batch: 4,
        in_channels: width,
        out_channels: width,
    })
}

const RANKS: [f64; 5] = [1.0 / 150.0, 0.02, 0.05, 0.1, 0.25];

fn views(factors: &[Vec<C32>]) -> Vec<&[C32]> {
    factors.iter().map(Vec::as_slice).collect()
}

/// A weight of one form, and each of its plans as a function of the spectrum.
struct Case {
    shape: SpectralShape,
    form: Factorization,
    ranks: Vec<usize>,
    factors: Vec<Vec<C32>>,
    core: Vec<C32>,
}

#[derive(Clone, Debug)]
enum Plan {
    Tucker(TuckerPlan),
    Cp(CpPlan),
    Train(TrainPlan),
}

impl Case {
    fn new(shape: &SpectralShape, form: Factorization, rank: f64) -> Result<Self, Box<dyn Error>> {
        let full = shape.weight(form);
        let ranks = form.ranks(&full, &Rank::Fraction(rank), &[])?;
        let rows = |k: usize| match form {
            Factorization::Tucker => full[k] * ranks[k],
            Factorization::Cp => full[k] * ranks[0],
            Factorization::TensorTrain => ranks[k] * full[k] * ranks[k + 1],
        };
        let factors = (0..full.len()).map(|k| spectrum(rows(k))).collect();
        let core = spectrum(ranks.iter().product());
        Ok(Self { shape: shape.clone(), form, ranks, factors, core })
    }

    fn plans(&self) -> Vec<(Plan, Cost)> {
        match self.form {
            Factorization::Tucker => TuckerPlan::plans(&vec![true; self.ranks.len()], LayerAxis::ONE)
                .into_iter()
                .map(|p| (p.cost(&self.shape, &self.ranks, LayerAxis::ONE), Plan::Tucker(p)))
                .map(|(cost, plan)| (plan, cost))
                .collect(),
            Factorization::Cp => {
                CpPlan::plans().map(|p| (Plan::Cp(p), p.cost(&self.shape, self.ranks[0], 1))).to_vec()
            }
            Factorization::TensorTrain => TrainPlan::plans()
                .into_iter()
                .map(|p| (Plan::Train(p), p.cost(&self.shape, &self.ranks, 1)))
                .collect(),
        }
    }

    fn contract(&self, x: &[C32], plan: &Plan) -> Vec<C32> {
        match plan {
            Plan::Tucker(plan) => {
                let factors: Vec<_> = self.factors.iter().map(|f| Some(f.as_slice())).collect();
                tucker::contract(x, &self.core, &factors, &self.shape, &self.ranks, plan)
            }
            Plan::Cp(plan) => {
                cp::contract(x, &self.core[..self.ranks[0]], &views(&self.factors), &self.shape, *plan)
            }
            Plan::Train(plan) => {
                tensor_train::contract(x, &views(&self.factors), &self.shape, &self.ranks, *plan)
            }
        }
    }
}

const FORMS: [Factorization; 3] = [Factorization::Tucker, Factorization::Cp, Factorization::TensorTrain];

fn time<R>(only: &str, what: &str, f: impl FnMut() -> R) {
    if what.contains(only) {
        let times = Times::measure(1.0, f);
        println!("{what:100} min {:8.4}  median {:8.4} ms", 1e3 * times.least(), 1e3 * times.median());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let only = std::env::args().nth(1).unwrap_or_default();
    for shape in shapes() {
        let SpectralShape { batch, in_channels, out_channels, .. } = shape;
        let x = spectrum(shape.n_modes() * batch * in_channels);
        let w = spectrum(shape.n_modes() * in_channels * out_channels);
        let dense = CMatmul::new(shape.n_modes(), batch, in_channels, out_channels);
        let label = format!("{:?} modes, batch {batch}, width {in_channels}", shape.modes);
        time(&only, &format!("{label}: dense"), || dense.forward(&x, &w));
        for form in FORMS {
            for rank in RANKS {
                let case = Case::new(&shape, form, rank)?;
                let mut plans = case.plans();
                plans.sort_by_key(|(_, cost)| cost.time());
                for (plan, cost) in plans.iter().take(3) {
                    let what = format!("{label}: {form:?} {rank:.3} {plan:?} {}", cost.time() / 1000);
                    time(&only, &what, || case.contract(&x, plan));
                }
            }
        }
    }
    Ok(())
}
