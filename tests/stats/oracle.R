# Reference numbers of R for tests/stats. Run: Rscript oracle.R > reference.json
suppressMessages({
  library(jsonlite)
  library(mvtnorm)
})

counts <- function(args, x, d, p, q) {
  probability <- c(1e-10, 1e-6, 0.025, 0.51, 0.9)
  call <- function(f, first, ...) do.call(f, c(list(first), as.list(args), list(...)))
  # R gives -0 where a quantile is 0.
  list(
    parameters = args,
    x = as.list(x),
    density = as.list(call(d, x)),
    lower = as.list(call(p, x)),
    upper = as.list(call(p, x, lower.tail = FALSE)),
    p = probability,
    quantile = call(q, probability) + 0,
    upperQuantile = call(q, probability, lower.tail = FALSE) + 0
  )
}
nbinom <- function(args, x) counts(args, x, dnbinom, pnbinom, qnbinom)
hyper <- function(args, x) counts(args, x, dhyper, phyper, qhyper)
wilcox <- function(args, x) counts(args, x, dwilcox, pwilcox, qwilcox)

# Gauss-Legendre nodes by the eigenvalues of the Jacobi matrix (Golub and Welsch 1969).
k <- 1:29
jacobi <- matrix(0, 30, 30)
jacobi[cbind(k, k + 1)] <- jacobi[cbind(k + 1, k)] <- k / sqrt(4 * k^2 - 1)
gauss <- eigen(jacobi, symmetric = TRUE)
panels <- function(from, to, n) {
  half <- (to - from) / n / 2
  middle <- from + half * (2 * seq_len(n) - 1)
  list(
    x = as.vector(outer(gauss$values * half, middle, "+")),
    w = rep(2 * gauss$vectors[1, ]^2 * half, n)
  )
}

# The largest of normal variables, and of their sizes, with both tails integrated.
largestNormal <- function(b, loadings, sides) {
  z <- panels(-20, 20, 60)
  inside <- rep(1, length(z$x))
  outside <- 0
  for (l in loadings) {
    scale <- sqrt(1 - l^2)
    far <- if (sides == 2) pnorm((b + l * z$x) / scale, lower.tail = FALSE) else 0
    outside <- outside + inside * (pnorm((b - l * z$x) / scale, lower.tail = FALSE) + far)
    inside <- inside * (pnorm((b - l * z$x) / scale) - far)
  }
  c(sum(z$w * dnorm(z$x) * inside), sum(z$w * dnorm(z$x) * outside))
}

dunnett <- function(c, loadings, df, sides) {
  tails <- if (is.finite(df)) {
    wide <- 12 / sqrt(2 * df)
    left <- -log1p(c^2 / df) / 2 - max(40 / df, wide)
    u <- panels(left, min(log(3 + 8 / df), 0.1 + wide), 30)
    weight <- u$w * 2 * exp(2 * u$x) * df * dchisq(df * exp(2 * u$x), df)
    drop(sapply(c * exp(u$x), largestNormal, loadings, sides) %*% weight)
  } else {
    largestNormal(c, loadings, sides)
  }
  correlation <- outer(loadings, loadings)
  diag(correlation) <- 1
  m <- length(loadings)
  random <- if (df %% 1 == 0 || !is.finite(df)) {
    set.seed(1)
    low <- if (sides == 2) rep(-c, m) else rep(-Inf, m)
    degrees <- if (is.finite(df)) df else 0
    as.numeric(pmvt(low, rep(c, m), df = degrees, corr = correlation, abseps = 1e-5))
  }
  list(
    c = c, loadings = as.list(loadings), df = if (is.finite(df)) df else "Infinity", sides = sides,
    lower = tails[1], upper = tails[2], mvtnorm = random
  )
}
loadings <- function(control, arms) sqrt(arms / (arms + control))

# Times a multiple of all its denominators, so that it is exact.
hilbert <- outer(1:6, 1:6, function(i, j) 27720 / (i + j - 1))
set.seed(20240501)
square <- matrix(round(rnorm(25), 3), 5)
right <- matrix(round(rnorm(10), 3), 5)
positive <- crossprod(matrix(round(rnorm(28), 3), 7))
indefinite <- matrix(c(0, 2, -1, 0, 2, 0, 3, 1, -1, 3, -4, 0.5, 0, 1, 0.5, 0), 4)
arguments <- c(0.001, 0.1, 0.5, 1, 1.2, 1.7, 2, 3.25, 9.99, 10, 25.5, 1000, 1e8)

cat(toJSON(list(
  source = paste(R.version.string, "mvtnorm", packageVersion("mvtnorm")),
  negativeBinomial = list(
    nbinom(c(2.5, 0.3), c(0, 1, 5, 20, 60)), nbinom(c(0.2, 0.01), c(0, 3, 100, 900)),
    nbinom(c(40, 0.9), c(0, 2, 5, 30)), nbinom(c(1, 0.5), c(0, 1, 12)),
    nbinom(c(1000, 0.001), c(900000, 990000, 1100000)), nbinom(c(1e5, 0.99), c(800, 1010, 1300))
  ),
  hypergeometric = list(
    hyper(c(5, 7, 4), c(0, 1, 3)), hyper(c(10, 3, 8), c(5, 6, 7)), hyper(c(0, 4, 2), c(0)),
    hyper(c(4, 0, 2), c(2)), hyper(c(60, 40, 30), c(5, 17, 18, 29)),
    hyper(c(300, 700, 100), c(2, 29, 31, 70)), hyper(c(5000, 95000, 2000), c(60, 99, 100, 180))
  ),
  wilcoxonRankSum = list(
    wilcox(c(1, 1), c(0, 1)), wilcox(c(4, 6), c(0, 3, 11, 12, 13, 23)), wilcox(c(5, 3), c(0, 7, 8, 14)),
    wilcox(c(10, 10), c(12, 49, 50, 90)), wilcox(c(25, 40), c(100, 499, 500, 700, 950)),
    wilcox(c(50, 50), c(500, 1250, 2000))
  ),
  digamma = list(x = arguments, value = digamma(arguments)),
  trigamma = list(x = arguments, value = trigamma(arguments)),
  dunnett = list(
    dunnett(2.4, loadings(12, c(12, 12)), 20, 2), dunnett(0.5, loadings(12, rep(12, 5)), 66, 2),
    dunnett(9.80747258997533, loadings(12, rep(12, 5)), 66, 2),
    dunnett(3, loadings(40, c(10, 20, 35)), 7, 2), dunnett(3, loadings(40, c(10, 20, 35)), 2.5, 1),
    dunnett(2.2, loadings(5, c(45, 60)), 30, 2), dunnett(2.1, loadings(5, c(45, 60)), 30, 1),
    dunnett(2, c(0, 0, 0), 12, 2), dunnett(-0.5, c(0.3, 0.8), 12, 1), dunnett(1.5, c(-0.5, 0.4), 9, 1),
    dunnett(1.5, c(-0.5, 0.4), 9, 2), dunnett(2.3, c(0, 0.5, 0.9), Inf, 2), dunnett(5.5, c(0, 0.5, 0.9), Inf, 1),
    dunnett(-1, c(0.7, 0.7), Inf, 1), dunnett(12, c(0.7, 0.6, 0.5), 3, 2), dunnett(7, c(0.7, 0.6, 0.5), 1000, 2)
  ),
  solve = list(
    list(a = square, b = right, x = solve(square, right), inverse = solve(square)),
    list(a = hilbert, b = diag(6), x = solve(hilbert), inverse = solve(hilbert))
  ),
  cholesky = list(
    list(a = positive, factor = t(chol(positive))), list(a = hilbert, factor = t(chol(hilbert))),
    list(a = matrix(9), factor = matrix(3))
  ),
  eigen = lapply(list(positive, indefinite, hilbert, matrix(-2)), function(a) {
    e <- eigen(a, symmetric = TRUE)
    list(a = a, values = as.list(e$values), vectors = e$vectors)
  })
), digits = NA, auto_unbox = TRUE, null = "null"))
