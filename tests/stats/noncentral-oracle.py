# Tails of the noncentral t and F distributions for tests/stats, by mpmath 1.3 with hundreds of digits, so
# that the cancellation in the textbook sums does no harm. Run: python noncentral-oracle.py > noncentral.json
import json
from mpmath import betainc, beta, erfc, exp, gamma, log10, mp, mpf, nstr, power, sqrt

mp.dps = 400


def noncentral_t(t, df, ncp):
    """Johnson, Kotz and Balakrishnan (1995), 31.15: sums of incomplete beta functions."""
    if t < 0:
        return noncentral_t(-t, df, -ncp)[::-1]
    t, df, ncp = mpf(t), mpf(df), mpf(ncp)
    x, b, half = t * t / (df + t * t), df / 2, ncp * ncp / 2
    p, q = exp(-half), ncp / (sqrt(2) * gamma(mpf(3) / 2)) * exp(-half)
    shares = [betainc(a, b, 0, x, regularized=True) for a in (mpf(1) / 2, mpf(1))]
    steps = [power(x, a) * power(1 - x, b) / (a * beta(a, b)) for a in (mpf(1) / 2, mpf(1))]
    lower, upper = erfc(ncp / sqrt(2)) / 2, mpf(0)
    for j in range(int(half + 60 * sqrt(half) + 400)):
        lower += (p * shares[0] + q * shares[1]) / 2
        upper += (p * (1 - shares[0]) + q * (1 - shares[1])) / 2
        for i, a in enumerate((j + mpf(1) / 2, mpf(j + 1))):
            shares[i] -= steps[i]
            steps[i] *= x * (a + b) / (a + 1)
        p *= half / (j + 1)
        q *= half / (j + mpf(3) / 2)
    return lower, upper


def noncentral_f(f, df1, df2, ncp):
    """A Poisson mean of incomplete beta functions."""
    f, df1, df2, half = mpf(f), mpf(df1), mpf(df2), mpf(ncp) / 2
    x, a, b = df1 * f / (df1 * f + df2), df1 / 2, df2 / 2
    share = betainc(a, b, 0, x, regularized=True)
    step = power(x, a) * power(1 - x, b) / (a * beta(a, b))
    weight, lower, upper = exp(-half), mpf(0), mpf(0)
    for j in range(int(half + 60 * sqrt(half) + 400)):
        lower += weight * share
        upper += weight * (1 - share)
        share -= step
        step *= x * (a + j + b) / (a + j + 1)
        weight *= half / (j + 1)
    return lower, upper


def point(args, tails):
    assert abs(sum(tails) - 1) < mpf(10) ** -300
    return {"args": args, "lower": float(nstr(tails[0], 17)), "upper": float(nstr(tails[1], 17))}


t_points = []
for df in (0.5, 1, 2.5, 27, 150, 1e6, 1e12):
    for ncp in (-40, -3, -0.25, 0.5, 2.8, 12, 40):
        for i, k in enumerate((-30, -6, -1, 0, 0.5, 5, 20)):
            t = round(ncp + k / (1 if df > 20 else 0.25), 2) if i % 2 else float(k)
            t_points.append(((t, df, ncp), noncentral_t(t, df, ncp)))
f_points = []
for df1 in (0.7, 1, 3, 20):
    for df2 in (1, 6.5, 40, 3000):
        for ncp in (0.01, 1, 9, 80, 1600):
            for k in (1e-3, 0.9, 1.7, 20):
                f = round((df1 + ncp) / df1 * k, 4)
                f_points.append(((f, df1, df2, ncp), noncentral_f(f, df1, df2, ncp)))
# Where the terms at the ends of the sum are below the doubles, but not those that matter.
for args in ((0.005, 20, 300, 80), (0.9, 200, 5000, 1600), (18.4, 200, 5000, 9000),
             (6404, 1, 5000, 1600), (36, 200, 5000, 1600), (140, 200, 5000, 9000)):
    f_points.append((args, noncentral_f(*args)))

seen = lambda tails: min(tails) > mpf(10) ** -270
print(json.dumps({
    "noncentralT": [point(*p) for p in t_points if seen(p[1])],
    "noncentralF": [point(*p) for p in f_points if seen(p[1])],
}))
