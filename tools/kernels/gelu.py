"""Makes the coefficients of `src/clip/kernels/gelu.rs`.

    python tools/kernels/gelu.py [POWERS DOUBLINGS]

Φ(-a) is approximated by 1 / (2 P(a)^n), n = 2^doublings, with P(0) = 1. The greatest error of a Φ(-a) over 0 to 7 (beyond, it
is below 1e-11) is made as small as it can be: to first order it is linear in the coefficients of P, so a linear
program finds them. Needs numpy and scipy.
"""

import sys

import numpy as np
from scipy.optimize import linprog
from scipy.special import erfc

powers, doublings = (int(number) for number in sys.argv[1:] or (8, 3))
n = 2**doublings
a = np.linspace(1e-4, 7.0, 6001)
tail = 0.5 * erfc(a / np.sqrt(2))
wanted = (2 * tail) ** (-1 / n)
# The change of a / (2 P^n) with P, in millionths.
weight = 1e6 * n * a * tail / wanted
columns = np.stack([(a / a[-1]) ** i for i in range(1, powers + 1)], axis=1) * weight[:, None]
wanted = (wanted - 1) * weight
greatest = np.ones((len(a), 1))
program = linprog(
    np.r_[np.zeros(powers), 1],
    A_ub=np.block([[columns, -greatest], [-columns, -greatest]]),
    b_ub=np.r_[wanted, -wanted],
    bounds=[(None, None)] * powers + [(0, None)],
    method="highs",
)
coefficients = program.x[:powers] / a[-1] ** np.arange(1, powers + 1)
print(f"error {1e-6 * program.x[-1]:.1e}")
for coefficient in [*coefficients[::-1], 1.0]:
    print(f"{np.float32(coefficient):.8e}")
