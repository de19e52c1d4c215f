//! Which instructions the kernels use: all that this CPU has, or fewer if `PIXSEEK_CPU` says so.
//!
//! Everything here that looks at the CPU is asked for through [`InstructionSet::in_use`], so that the cap holds for
//! all of our own kernels. `tests/it/architecture.rs` checks that nobody else looks.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use pulp::{Simd, WithSimd};

/// The environment variable that caps the instruction set.
const CAP_VAR: &str = "PIXSEEK_CPU";

/// A set of instructions that kernels are written for. A greater one has all instructions of those before it on the
/// same architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InstructionSet {
    /// What every CPU of the architecture has.
    Baseline,
    /// x86: AVX2 and FMA.
    Avx2,
    /// x86: AVX-VNNI, which multiplies bytes 32 at a time. AVX-512 VNNI and VL have the same instruction in another
    /// encoding, and count.
    AvxVnni,
    /// x86: AVX-512 (F, BW, CD, DQ, VL), with VNNI where the CPU has it.
    Avx512,
    /// ARM: NEON.
    Neon,
    /// ARM: NEON with the dot product of bytes.
    DotProd,
    /// ARM: the dot product and the matrix product of bytes.
    I8mm,
}

/// The sets of this architecture, the least first.
const SETS: &[InstructionSet] = if cfg!(target_arch = "x86_64") {
    &[InstructionSet::Baseline, InstructionSet::Avx2, InstructionSet::AvxVnni, InstructionSet::Avx512]
} else if cfg!(target_arch = "aarch64") {
    &[InstructionSet::Baseline, InstructionSet::Neon, InstructionSet::DotProd, InstructionSet::I8mm]
} else {
    &[InstructionSet::Baseline]
};

/// Tells that a name is that of no [`InstructionSet`] of this architecture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{CAP_VAR} is '{0}', but must be one of {names}", names = names())]
pub(crate) struct UnknownInstructionSet(String);

fn names() -> String {
    SETS.iter().map(|set| set.as_str()).collect::<Vec<_>>().join(", ")
}

impl InstructionSet {
    /// Returns the greatest set that this CPU has and `PIXSEEK_CPU` allows. The variable is read once; a value that
    /// [`Self::check_cap`] refuses allows everything.
    pub(crate) fn in_use() -> Self {
        static IN_USE: OnceLock<InstructionSet> = OnceLock::new();
        *IN_USE.get_or_init(|| {
            let cap = cap().unwrap_or_else(|error| {
                tracing::warn!("{error}; it is ignored");
                None
            });
            Self::best(cap)
        })
    }

    /// Checks what `PIXSEEK_CPU` says.
    ///
    /// # Errors
    /// When it is the name of no set of this architecture.
    pub(crate) fn check_cap() -> Result<(), UnknownInstructionSet> {
        cap().map(|_| ())
    }

    /// Returns the greatest set up to `cap` that this CPU has.
    fn best(cap: Option<Self>) -> Self {
        let allowed = |set: &&Self| cap.is_none_or(|cap| **set <= cap) && set.is_supported();
        SETS.iter().rev().find(allowed).copied().unwrap_or(Self::Baseline)
    }

    /// Returns the sets that this CPU has, the least first.
    pub(crate) fn supported() -> impl Iterator<Item = Self> {
        SETS.iter().copied().filter(|set| set.is_supported())
    }

    /// The name that `PIXSEEK_CPU` and `bench encoder` have.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Avx2 => "avx2",
            Self::AvxVnni => "avxvnni",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
            Self::DotProd => "dotprod",
            Self::I8mm => "i8mm",
        }
    }

    /// Whether this CPU has the instructions.
    fn is_supported(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        let supported = match self {
            Self::Baseline => true,
            Self::Avx2 => pulp::x86::V3::try_new().is_some(),
            Self::AvxVnni => Self::Avx2.is_supported() && (has_avx_vnni() || has_avx512_vnni()),
            Self::Avx512 => pulp::x86::V4::try_new().is_some(),
            _ => false,
        };
        #[cfg(target_arch = "aarch64")]
        let supported = match self {
            Self::Baseline => true,
            Self::Neon => pulp::aarch64::Neon::try_new().is_some(),
            Self::DotProd => Self::Neon.is_supported() && std::arch::is_aarch64_feature_detected!("dotprod"),
            Self::I8mm => Self::DotProd.is_supported() && std::arch::is_aarch64_feature_detected!("i8mm"),
            _ => false,
        };
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let supported = self == Self::Baseline;
        supported
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for InstructionSet {
    type Err = UnknownInstructionSet;

    fn from_str(name: &str) -> Result<Self, UnknownInstructionSet> {
        let named = SETS.iter().find(|set| set.as_str() == name);
        named.copied().ok_or_else(|| UnknownInstructionSet(name.to_owned()))
    }
}

/// What `PIXSEEK_CPU` says; none when it is not set, or empty.
fn cap() -> Result<Option<InstructionSet>, UnknownInstructionSet> {
    let value = std::env::var_os(CAP_VAR).unwrap_or_default();
    if value.is_empty() { Ok(None) } else { value.to_string_lossy().parse().map(Some) }
}

#[cfg(target_arch = "x86_64")]
fn has_avx_vnni() -> bool {
    std::is_x86_feature_detected!("avxvnni")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512_vnni() -> bool {
    std::is_x86_feature_detected!("avx512vnni") && std::is_x86_feature_detected!("avx512vl")
}

/// The instructions that kernels of floats are compiled for, of which this CPU has all: a `pulp` token, which only
/// this file takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arch {
    /// Vectors of four floats in plain code, which the compiler turns into the instructions that every CPU has.
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
}

impl Arch {
    /// Returns the widest instructions in use.
    pub(crate) fn in_use() -> Self {
        Self::of(InstructionSet::in_use())
    }

    /// Returns the widest instructions of a set that this CPU has.
    pub(crate) fn of(set: InstructionSet) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if let (true, Some(simd)) = (set >= InstructionSet::Avx512, pulp::x86::V4::try_new()) {
                return Self::Avx512(simd);
            }
            if let (true, Some(simd)) = (set >= InstructionSet::Avx2, pulp::x86::V3::try_new()) {
                return Self::Avx2(simd);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if let (true, Some(simd)) = (set >= InstructionSet::Neon, pulp::aarch64::Neon::try_new()) {
            return Self::Neon(simd);
        }
        let _ = set;
        Self::Baseline
    }

    /// Runs `op`, compiled for the instructions.
    #[inline(always)]
    pub(crate) fn dispatch<Op: WithSimd>(self, op: Op) -> Op::Output {
        match self {
            Self::Baseline => Simd::vectorize(pulp::Scalar128b, op),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(simd) => Simd::vectorize(simd, op),
        }
    }
}

/// The instructions that multiply bytes. A value is proof that this CPU has them: only [`ByteInstructions::of`] makes
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteInstructions(ByteKind);

/// What [`ByteInstructions`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "some are of other architectures")]
pub(crate) enum ByteKind {
    /// Any CPU's, in plain code.
    Portable,
    /// `pmaddwd` of SSE2: 8 products of 16-bit numbers.
    Sse2,
    /// `vpmaddwd` of AVX2: 16 products of 16-bit numbers.
    Avx2,
    /// `vpdpbusd` of AVX-VNNI: 32 products of bytes.
    AvxVnni,
    /// The same in the encoding of AVX-512 VNNI and VL.
    Avx512VnniVl,
    /// `vpdpbusd` of AVX-512 VNNI: 64 products of bytes.
    Avx512Vnni,
    /// `sdot` of ARM's dot product: 16 products of bytes.
    DotProd,
    /// `usmmla` of ARM's i8mm: 32 products of bytes.
    I8mm,
}

impl ByteInstructions {
    /// Returns the fastest instructions in use.
    pub(crate) fn in_use() -> Self {
        Self::of(InstructionSet::in_use())
    }

    /// Returns the fastest instructions of a set that this CPU has.
    pub(crate) fn of(set: InstructionSet) -> Self {
        #[cfg(target_arch = "x86_64")]
        let kind = match InstructionSet::best(Some(set)) {
            InstructionSet::Avx512 if has_avx512_vnni() => ByteKind::Avx512Vnni,
            InstructionSet::AvxVnni if has_avx_vnni() => ByteKind::AvxVnni,
            InstructionSet::AvxVnni => ByteKind::Avx512VnniVl,
            InstructionSet::Avx2 | InstructionSet::Avx512 => ByteKind::Avx2,
            _ => ByteKind::Sse2,
        };
        #[cfg(target_arch = "aarch64")]
        let kind = match InstructionSet::best(Some(set)) {
            InstructionSet::I8mm => ByteKind::I8mm,
            InstructionSet::DotProd => ByteKind::DotProd,
            _ => ByteKind::Portable,
        };
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let kind = {
            let _ = set;
            ByteKind::Portable
        };
        Self(kind)
    }

    /// Plain code, which every CPU runs.
    #[cfg(test)]
    pub(crate) fn portable() -> Self {
        Self(ByteKind::Portable)
    }

    /// Returns what the instructions are.
    pub(crate) fn kind(self) -> ByteKind {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused_with_the_names() {
        for &set in SETS {
            assert_eq!(set.as_str().parse(), Ok(set));
        }
        let error = "sse9".parse::<InstructionSet>().unwrap_err().to_string();
        assert!(error.contains("'sse9'"), "{error}");
        assert!(SETS.iter().all(|set| error.contains(set.as_str())), "{error}");
    }

    #[test]
    fn a_cap_above_what_the_cpu_has_is_the_cpus_own() {
        let own = InstructionSet::best(None);
        for &cap in SETS {
            let best = InstructionSet::best(Some(cap));
            assert!(best <= cap && best <= own && best.is_supported(), "{cap}: {best}");
            assert!(!cap.is_supported() || best == cap, "{cap}: {best}");
        }
        assert_eq!(InstructionSet::best(SETS.last().copied()), own);
        assert!(InstructionSet::supported().eq(SETS.iter().copied().filter(|set| *set <= own)));
    }

    /// Without its features for them, `pulp` knows no wide instructions and says nothing.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn wide_instructions_are_used_up_to_the_cap_where_there_are_any() {
        let has_avx2 = std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma");
        for set in [InstructionSet::Avx2, InstructionSet::AvxVnni] {
            assert_eq!(matches!(Arch::of(set), Arch::Avx2(_)), has_avx2);
        }
        let has_avx512 = std::is_x86_feature_detected!("avx512bw") && has_avx512_vnni();
        assert!(!has_avx512 || matches!(Arch::of(InstructionSet::Avx512), Arch::Avx512(_)));
        assert!(matches!(Arch::of(InstructionSet::Baseline), Arch::Baseline));
        assert_eq!(ByteInstructions::of(InstructionSet::Baseline).kind(), ByteKind::Sse2);
        assert!(!has_avx2 || ByteInstructions::of(InstructionSet::Avx2).kind() == ByteKind::Avx2);
    }
}
