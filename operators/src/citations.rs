//! The papers behind the models.

/// One paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Its key in `REFERENCES.bib`.
    pub key: &'static str,
    /// Authors, title, year.
    pub text: &'static str,
    /// Where it can be read.
    pub url: &'static str,
    /// What of it is here.
    pub used_for: &'static str,
}

const CITATIONS: &[Citation] = &[
    Citation {
        key: "li2021fourier",
        text: "Z. Li, N. Kovachki, K. Azizzadenesheli, B. Liu, K. Bhattacharya, A. Stuart, A. Anandkumar: \
               Fourier Neural Operator for Parametric Partial Differential Equations. ICLR 2021",
        url: "https://arxiv.org/abs/2010.08895",
        used_for: "the Fourier layer (fno)",
    },
    Citation {
        key: "kossaifi2024multigrid",
        text: "J. Kossaifi, N. Kovachki, K. Azizzadenesheli, A. Anandkumar: \
               Multi-Grid Tensorized Fourier Neural Operator for High-Resolution PDEs. TMLR 2024",
        url: "https://arxiv.org/abs/2310.00120",
        used_for: "factorized spectral weights, one tensor for all layers, the block (tfno); multi-grid domain decomposition (mg-fno, mg-tfno)",
    },
    Citation {
        key: "kovachki2023neural",
        text: "N. Kovachki, Z. Li, B. Liu, K. Azizzadenesheli, K. Bhattacharya, A. Stuart, A. Anandkumar: \
               Neural Operator: Learning Maps Between Function Spaces With Applications to PDEs. JMLR 24(89), 2023",
        url: "https://jmlr.org/papers/v24/21-1524.html",
        used_for: "discretisation-invariant operators, the relative losses",
    },
    Citation {
        key: "li2022dissipative",
        text: "Z. Li, M. Liu-Schiaffini, N. Kovachki, K. Azizzadenesheli, B. Liu, K. Bhattacharya, A. Stuart, A. Anandkumar: \
               Learning Dissipative Dynamics in Chaotic Systems. NeurIPS 2022",
        url: "https://arxiv.org/abs/2106.06898",
        used_for: "training in Sobolev norms (loss)",
    },
    Citation {
        key: "tran2023factorized",
        text: "A. Tran, A. Mathews, L. Xie, C. S. Ong: Factorized Fourier Neural Operators. ICLR 2023",
        url: "https://arxiv.org/abs/2111.13587",
        used_for: "transforms along one axis at a time, residuals behind the nonlinearity (ffno)",
    },
    Citation {
        key: "rahman2023uno",
        text: "M. A. Rahman, Z. E. Ross, K. Azizzadenesheli: U-NO: U-shaped Neural Operators. TMLR 2023",
        url: "https://arxiv.org/abs/2204.11127",
        used_for: "blocks that change the resolution, skips between them (uno)",
    },
    Citation {
        key: "he2024mgno",
        text: "J. He, X. Liu, J. Xu: MgNO: Efficient Parameterization of Linear Operators via Multigrid. ICLR 2024",
        url: "https://arxiv.org/abs/2310.19809",
        used_for: "linear maps that are multigrid cycles (mgno), the losses h1-spectral and h1-absolute",
    },
    Citation {
        key: "stachenfeld2022learned",
        text: "K. Stachenfeld, D. B. Fielding, D. Kochkov, M. Cranmer, T. Pfaff, J. Godwin, C. Cui, S. Ho, P. Battaglia, \
               A. Sanchez-Gonzalez: Learned Coarse Models for Efficient Turbulence Simulation. ICLR 2022",
        url: "https://arxiv.org/abs/2112.15275",
        used_for: "residual blocks of dilated convolutions (dil-resnet)",
    },
    Citation {
        key: "greenfeld2019learning",
        text: "D. Greenfeld, M. Galun, R. Kimmel, I. Yavneh, R. Basri: Learning to Optimize Multigrid PDE Solvers. ICML 2019",
        url: "https://proceedings.mlr.press/v97/",
        used_for: "multigrid that is learned from stencils (preconditioner)",
    },
    Citation {
        key: "george2024incremental",
        text: "R. J. George, J. Zhao, J. Kossaifi, Z. Li, A. Anandkumar: \
               Incremental Spatial and Spectral Learning of Neural Operators for Solving Large-Scale PDEs. TMLR 2024",
        url: "https://arxiv.org/abs/2211.15188",
        used_for: "modes and resolution that grow during the training (train.incremental)",
    },
    Citation {
        key: "tu2024guaranteed",
        text: "R. Tu, C. White, J. Kossaifi, B. Bonev, N. Kovachki, G. Pekhimenko, K. Azizzadenesheli, A. Anandkumar: \
               Guaranteed Approximation Bounds for Mixed-Precision Neural Operators. ICLR 2024",
        url: "https://arxiv.org/abs/2307.15034",
        used_for: "spectral convolutions in 16-bit numbers, the tanh before them (block.precision)",
    },
    Citation {
        key: "kolbeinsson2021tensor",
        text: "A. Kolbeinsson, J. Kossaifi, Y. Panagakis, A. Bulat, A. Anandkumar, I. Tzoulaki, P. Matthews: \
               Tensor Dropout for Robust Learning. IEEE Journal of Selected Topics in Signal Processing 15(3), 2021",
        url: "https://arxiv.org/abs/1902.10758",
        used_for: "tensor dropout (weights)",
    },
    Citation {
        key: "vannieuwenhoven2012truncation",
        text: "N. Vannieuwenhoven, R. Vandebril, K. Meerbergen: \
               A New Truncation Strategy for the Higher-Order Singular Value Decomposition. SIAM J. Sci. Comput. 34(2), 2012",
        url: "https://doi.org/10.1137/110836067",
        used_for: "compression to Tucker weights (compress)",
    },
    Citation {
        key: "oseledets2011train",
        text: "I. V. Oseledets: Tensor-Train Decomposition. SIAM J. Sci. Comput. 33(5), 2011",
        url: "https://doi.org/10.1137/090752286",
        used_for: "compression to tensor trains (compress)",
    },
    Citation {
        key: "kolda2009tensor",
        text: "T. G. Kolda, B. W. Bader: Tensor Decompositions and Applications. SIAM Review 51(3), 2009",
        url: "https://doi.org/10.1137/07070111X",
        used_for: "alternating least squares for CP weights (compress)",
    },
];

/// The papers that this crate implements, to be cited by those who use it.
pub fn citations() -> &'static [Citation] {
    CITATIONS
}
