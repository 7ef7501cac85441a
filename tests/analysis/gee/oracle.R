# Reference numbers for the estimating equations, run as `Rscript oracle.R > reference.json`.
# R 4.2.2 with geepack 1.3.9, gee 4.13, sandwich, clubSandwich, MASS, jsonlite. The dense code below
# builds the n x n matrices of every cluster, which the library under test never does.
suppressMessages({
  library(geepack); library(gee); library(sandwich); library(clubSandwich); library(MASS); library(jsonlite)
})
control <- geese.control(epsilon = 1e-14, maxit = 500)
strict <- glm.control(epsilon = 1e-15, maxit = 200)
quiet <- function(x) suppressWarnings(suppressMessages({ sink("/dev/null"); on.exit(sink()); x }))

# Data sets ------------------------------------------------------------------------------------
sizes <- function(n) rep(seq_along(n), n)
epil2 <- transform(MASS::epil, treated = as.numeric(trt == "progabide"))
epil2 <- with(epil2, data.frame(id = subject, y, treated, lbase, lage, V4,
                                old = as.numeric(age >= median(age))))
data(ohio, package = "geepack")
set.seed(101) # counts with an exposure, clusters of 1 to 60 rows that are not sorted
n <- c(1, 1, 2, 60, 3, 5, 8, 13, 21, 34, 4, 6, 7, 9, 10, 12, 15, 18, 2, 3, 25, 30, 1, 11)
id <- sizes(n); b <- rnorm(24, 0, .4)
visits <- data.frame(id, treated = id %% 2, age = round(rnorm(length(id)), 3), days = round(rexp(length(id), 1/5) + .2, 2))
visits$y <- rnbinom(nrow(visits), size = 1.5, mu = exp(-.5 - .4 * visits$treated + .2 * visits$age + b[id]) * visits$days)
visits$logdays <- log(visits$days)
visits <- visits[sample(nrow(visits)), ]
set.seed(102) # proportions of trials, some without any
id <- rep(1:30, each = 3); b <- rnorm(30, 0, .6)
grouped <- data.frame(id, treated = as.numeric(id > 15), x = round(rnorm(90), 3), trials = rnbinom(90, size = 1, mu = 9))
grouped$y <- rbinom(90, grouped$trials, plogis(-.8 + .5 * grouped$treated + .3 * grouped$x + b[id]))
set.seed(103) # a continuous outcome
n <- sample(2:15, 18, TRUE); id <- sizes(n); b <- rnorm(18, 0, 2)
continuous <- data.frame(id, treated = as.numeric(id %% 3 == 0), x = round(rnorm(length(id), 50, 10), 2))
continuous$y <- round(20 + 1.5 * continuous$treated + .2 * continuous$x + b[id] + rnorm(length(id), 0, 3), 2)
set.seed(104) # clusters that compete: a negative correlation
id <- rep(1:20, each = 4)
compete <- data.frame(id, treated = id %% 2, x = round(rnorm(80), 3))
compete$y <- c(apply(matrix(rpois(20, 12)), 1, function(m) rmultinom(1, m, c(.3, .2, .3, .2)))) + rpois(80, 2)
set.seed(105) # few clusters, one large
n <- c(40, 3, 4, 2, 6, 5, 3, 8); id <- sizes(n); b <- rnorm(8, 0, .7)
few <- data.frame(id, treated = id %% 2, x = round(rnorm(length(id)), 3))
few$y <- rbinom(nrow(few), 1, plogis(-.3 + .8 * few$treated + .5 * few$x + b[id]))
set.seed(106) # over-dispersed counts of 20 clusters, with an exposure
id <- rep(1:20, each = 6)
burden <- data.frame(id, treated = id %% 2, x = round(rnorm(120), 3), days = sample(1:9, 120, TRUE))
burden$logdays <- log(burden$days)
burden$y <- rnbinom(120, size = 2, mu = exp(.2 - .3 * burden$treated + .2 * burden$x) * burden$days * rep(rgamma(20, 5, 5), each = 6))
set.seed(107) # counts hardly beyond Poisson: a large theta
mild <- data.frame(x = round(rnorm(400), 3)); mild$y <- rnbinom(400, size = 30, mu = exp(1.5 + .3 * mild$x))

# Dense sandwich ---------------------------------------------------------------------------------
principal <- function(m, power) { # of a matrix whose eigenvalues are real and not negative
  e <- eigen(m); Re(e$vectors %*% diag(as.complex(e$values)^power, nrow(m)) %*% solve(e$vectors))
}
dense <- function(X, y, mu, v, id, alpha = 0) { # canonical link: D = diag(v) X
  groups <- split(seq_along(y), id)
  parts <- lapply(groups, function(i) {
    R <- matrix(alpha, length(i), length(i)); diag(R) <- 1
    V <- sqrt(v[i]) * t(sqrt(v[i]) * R)
    list(D = v[i] * X[i, , drop = FALSE], Vi = solve(V), e = y[i] - mu[i])
  })
  M <- solve(Reduce(`+`, lapply(parts, function(g) t(g$D) %*% g$Vi %*% g$D)))
  star <- lapply(parts, function(g) {
    H <- g$D %*% M %*% t(g$D) %*% g$Vi
    I <- diag(nrow(H)); s <- t(g$D) %*% g$Vi
    Q <- s %*% g$D %*% M
    list(CR0 = s %*% g$e, KC = s %*% principal(I - H, -.5) %*% g$e, MD = s %*% solve(I - H, g$e),
         FG = (s %*% g$e) / sqrt(1 - pmin(.75, diag(Q))))
  })
  kinds <- c("CR0", "KC", "MD", "FG")
  list(M = M, star = star, V = sapply(kinds, function(k)
    M %*% Reduce(`+`, lapply(star, function(s) s[[k]] %*% t(s[[k]]))) %*% M, simplify = FALSE))
}
se <- function(V) sqrt(diag(V))
numbers <- function(d) lapply(d$V, function(V) unname(se(V)))
unitVariance <- list(poisson = function(m) m, binomial = function(m) m * (1 - m), gaussian = function(m) m^0)

# Estimating equations ---------------------------------------------------------------------------
equations <- function(name, formula, data, family, moments = c("geepack", "gee"), corstr = "exchangeable", fixed = FALSE) {
  moments <- match.arg(moments)
  data <- data[order(data$id), ]
  X <- model.matrix(formula, data); y <- model.response(model.frame(formula, data))
  if (moments == "geepack") {
    f <- quiet(geeglm(formula, id = id, data = data, family = family, corstr = corstr, control = control, scale.fix = fixed))
    alpha <- if (corstr == "independence") 0 else f$geese$alpha; phi <- f$geese$gamma
    naive <- f$geese$vbeta.naiv; robust <- f$geese$vbeta
  } else {
    assign("those", data, envir = globalenv())
    f <- quiet(gee(formula, id = id, data = those, family = family, corstr = corstr, tol = 1e-13, maxiter = 500, scale.fix = fixed))
    alpha <- if (corstr == "independence") 0 else f$working.correlation[1, 2]; phi <- f$scale
    naive <- f$naive.variance; robust <- f$robust.variance
  }
  o <- model.offset(model.frame(formula, data)); if (is.null(o)) o <- 0 # gee's fitted values leave it out
  mu <- c(get(family)()$linkinv(X %*% coef(f) + o))
  d <- dense(X, y, mu, unitVariance[[family]](mu), data$id, alpha)
  list(name = name, family = family, moments = moments, correlation = corstr, fixed = fixed,
       beta = unname(coef(f)), phi = unname(phi), alpha = unname(alpha),
       model = unname(se(naive)), robust = unname(se(robust)), dense = numbers(d))
}
poissonE <- y ~ treated + lbase + lage + V4
visit <- y ~ treated + age + offset(logdays)
expanded <- with(grouped, data.frame(id = rep(id, trials), treated = rep(treated, trials), x = rep(x, trials),
  y = unlist(mapply(function(y, n) rep(1:0, c(y, n - y)), y, trials))))
both <- function(name, formula, data, family)
  unlist(lapply(c("independence", "exchangeable"), function(corstr) lapply(c("geepack", "gee"), function(m)
    equations(name, formula, data, family, m, corstr))), recursive = FALSE)
ohio2 <- with(ohio, data.frame(id, y = resp, age, smoke, agesmoke = age * smoke))
fits <- c(
  both("epil", poissonE, epil2, "poisson"),
  both("ohio", y ~ age + smoke + agesmoke, ohio2, "binomial"),
  list(equations("ohio", y ~ age + smoke + agesmoke, ohio2, "binomial", fixed = TRUE)),
  both("visits", visit, visits, "poisson"),
  # geepack holds a fixed scale at that of an independence fit, and forgets the offset in it: so gee
  list(equations("visits", visit, visits, "poisson", "gee", fixed = TRUE)),
  list(equations("epil", poissonE, epil2, "poisson", fixed = TRUE)),
  both("grouped", y ~ treated + x, expanded, "binomial"),
  both("continuous", y ~ treated + x, continuous, "gaussian"),
  both("compete", y ~ treated + x, compete, "poisson"),
  both("few", y ~ treated + x, few, "binomial")
)

# Working independence again, from glm: sandwich and clubSandwich ---------------------------------
glms <- lapply(list(
  list(name = "epil", formula = poissonE, data = epil2, family = poisson),
  list(name = "few", formula = y ~ treated + x, data = few, family = binomial)
), function(s) {
  f <- glm(s$formula, s$family, s$data, control = strict)
  list(name = s$name, family = f$family$family, CR0 = unname(se(vcovCL(f, s$data$id, type = "HC0", cadjust = FALSE))),
       CR3 = unname(se(vcovCR(f, s$data$id, "CR3"))))
})
ols <- lapply(list(
  list(name = "continuous", formula = y ~ treated + x, data = continuous),
  list(name = "few", formula = y ~ treated + x, data = few),
  list(name = "epil", formula = poissonE, data = epil2)
), function(s) {
  f <- lm(s$formula, s$data)
  list(name = s$name, tests = lapply(c("CR0", "CR2", "CR3"), function(k) {
    t <- coef_test(f, vcovCR(f, s$data$id, k), test = "Satterthwaite")
    ci <- conf_int(f, vcovCR(f, s$data$id, k), test = "Satterthwaite", level = .9)
    list(type = k, beta = t$beta, se = t$SE, df = t$df_Satt, p = t$p_Satt, lower = ci$CI_L, upper = ci$CI_U)
  }))
})
# Satterthwaite of a generalised model from its definition: tr(P)^2 / tr(P^2) of the dense quadratic form.
satterthwaite <- (function() {
  f <- glm(visit, poisson, visits, control = strict)
  X <- model.matrix(f); mu <- fitted(f); n <- nrow(X); k <- c(0, 1, 0)
  S <- diag(n); groups <- split(seq_len(n), visits$id); D <- mu * X; Vi <- diag(1 / mu)
  M <- solve(t(D) %*% Vi %*% D); H <- D %*% M %*% t(D) %*% Vi
  df <- function(B) { # z_g = c'M B_g D_g'V_g^-1 (I - H)_g e
    Z <- do.call(rbind, lapply(groups, function(i) {
      A <- t(D[i, , drop = FALSE]) %*% Vi[i, i] %*% D[i, , drop = FALSE]
      (k %*% M %*% B(A %*% M)) %*% t(D[i, , drop = FALSE]) %*% Vi[i, i] %*% (diag(n) - H)[i, , drop = FALSE]
    }))
    P <- Z %*% diag(mu) %*% t(Z); sum(diag(P))^2 / sum(P^2)
  }
  I <- diag(3)
  list(CR0 = df(function(Q) I), KC = df(function(Q) principal(I - Q, -.5)), MD = df(function(Q) solve(I - Q)),
       FG = df(function(Q) diag(1 / sqrt(1 - pmin(.75, diag(Q))))))
})()

# Wald tests ---------------------------------------------------------------------------------------
wald <- lapply(list(list(kind = "CR0", L = cbind(0, diag(2))), list(kind = "MD", L = cbind(0, diag(2))),
                    list(kind = "KC", L = rbind(c(1, .5, -1)))), function(s) {
  f <- glm(visit, poisson, visits, control = strict); mu <- fitted(f)
  V <- dense(model.matrix(f), f$y, mu, mu, visits$id)$V[[s$kind]]
  e <- s$L %*% coef(f); q <- nrow(s$L); W <- c(t(e) %*% solve(s$L %*% V %*% t(s$L), e))
  list(correction = s$kind, L = s$L, W = W, F = W / q, df = c(q, 24 - 3), p = pf(W / q, q, 21, lower.tail = FALSE))
})

# Standardisation: stacked estimating equations with a numerical derivative -------------------------
standard <- function(name, formula, data, family, weights = rep(1, nrow(data)), set, exposure = rep(1, nrow(data))) {
  data$those <- weights
  f <- quiet(glm(formula, family, data, weights = those, control = strict))
  X <- model.matrix(f); g <- f$family$linkinv; E <- weights * exposure; K <- length(unique(data$id)); p <- ncol(X)
  o <- if (is.null(f$offset)) 0 else f$offset; logLink <- f$family$link == "log"
  set <- lapply(set, function(s) s(X))
  m <- function(X, b) if (logLink) exp(X %*% b) else g(X %*% b + o)
  scores <- function(t) cbind(
    weights * X * c(f$y - g(X %*% t[1:p] + o)), # canonical link
    E * (m(set[[1]], t[1:p]) - t[p + 1]), E * (m(set[[2]], t[1:p]) - t[p + 2]))
  mean0 <- sum(E * m(set[[1]], coef(f))) / sum(E); mean1 <- sum(E * m(set[[2]], coef(f))) / sum(E)
  t0 <- c(coef(f), mean0, mean1)
  J <- sapply(seq_along(t0), function(j) { h <- 1e-4 * max(1, abs(t0[j])); at <- function(k) { t <- t0; t[j] <- t[j] + k * h; colSums(scores(t)) }
    (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h) })
  V <- solve(J) %*% crossprod(rowsum(scores(t0), data$id)) %*% t(solve(J))
  V <- V[p + 1:2, p + 1:2]; d <- function(a) sqrt(c(t(a) %*% V %*% a))
  list(name = name, from = unname(mean0), to = unname(mean1), seFrom = sqrt(V[1, 1]), seTo = sqrt(V[2, 2]), seDifference = d(c(-1, 1)),
       seLogRatio = d(c(-1 / mean0, 1 / mean1)), seLogOddsRatio = if (f$family$family == "binomial") d(c(-1 / (mean0 * (1 - mean0)), 1 / (mean1 * (1 - mean1)))),
       residualDf = K - p)
}
treat <- function(v, product = NULL, other = NULL) function(X) { X[, "treated"] <- v; if (!is.null(product)) X[, product] <- v * X[, other]; X }
binaryF <- transform(few, interaction = treated * x)
proportion <- subset(grouped, trials > 0); proportion$share <- proportion$y / proportion$trials
standardised <- list(
  standard("few", y ~ treated + x, few, binomial, set = list(treat(0), treat(1))),
  standard("few with an interaction", y ~ treated + x + interaction, binaryF, binomial,
           set = list(treat(0, "interaction", "x"), treat(1, "interaction", "x"))),
  standard("visits", visit, visits, poisson, set = list(treat(0), treat(1)), exposure = visits$days),
  standard("compete", y ~ treated + x, compete, poisson, set = list(treat(0), treat(1))),
  standard("grouped", share ~ treated + x, proportion, binomial, weights = proportion$trials, set = list(treat(0), treat(1))),
  standard("continuous", y ~ treated + x, continuous, gaussian, set = list(treat(-1), treat(2)))
)

# Quasi-Poisson and negative binomial ----------------------------------------------------------------
quasi <- lapply(list(
  list(name = "InsectSprays", data = transform(InsectSprays, y = count), formula = y ~ spray, null = y ~ 1),
  list(name = "visits", data = visits, formula = visit, null = y ~ age + offset(logdays))
), function(s) {
  f <- glm(s$formula, quasipoisson, s$data, control = strict)
  a <- anova(glm(s$null, quasipoisson, s$data, control = strict), f, test = "F"); t <- summary(f)
  list(name = s$name, beta = unname(coef(f)), se = unname(t$coefficients[, 2]), dispersion = t$dispersion,
       p = unname(t$coefficients[, 4]), F = a$F[2], df = c(a$Df[2], a$`Resid. Df`[2]), pF = a$`Pr(>F)`[2])
})
nb <- lapply(list(
  list(name = "burden", data = burden, formula = y ~ treated + x + offset(logdays)),
  list(name = "visits", data = visits, formula = visit),
  list(name = "epil", data = epil2, formula = poissonE),
  list(name = "mild", data = transform(mild, id = seq_len(400)), formula = y ~ x)
), function(s) {
  # glm.nb stops early, so theta and beta are brought to the last digit by turns
  m <- quiet(glm.nb(s$formula, s$data, control = strict)); f <- m; y <- m$y
  for (turn in 1:60) {
    mu <- fitted(f)
    th <- exp(uniroot(function(l) { t <- exp(l); sum(digamma(y + t) - digamma(t) + log(t) + 1 - log(t + mu) - (y + t) / (mu + t)) },
                      log(m$theta) + c(-1, 1), tol = 1e-14)$root)
    f <- glm(s$formula, negative.binomial(th), s$data, control = strict)
  }
  mu <- fitted(f); info <- sum(trigamma(th) - trigamma(y + th) - 1 / th + 2 / (mu + th) - (y + th) / (mu + th)^2)
  w <- mu / (1 + mu / th); X <- model.matrix(f); V <- solve(t(X) %*% (w * X))
  u <- rowsum(X * c((y - mu) / (1 + mu / th)), s$data$id)
  list(name = s$name, beta = unname(coef(f)), theta = th, thetaSE = 1 / sqrt(info), se = unname(se(V)),
       robust = unname(se(V %*% crossprod(u) %*% V)),
       MASS = list(beta = unname(coef(m)), theta = m$theta, thetaSE = m$SE.theta, se = unname(se(vcov(m))),
                   robust = unname(se(vcovCL(m, s$data$id, type = "HC0", cadjust = FALSE)))))
})

# Offsets that make a plain Newton step overshoot -------------------------------------------------------
hard <- lapply(list(
  list(family = "poisson", y = c(0, 0, 96, 17, 0, 1, 0, 15), x = c(4, 10, 1, 1, -20, -7, 2, 1), offset = c(3, -2, -4, 0, 1, -1, 2, -2)),
  list(family = "binomial", y = c(1, 1, 1, 1, 0, 0, 0, 0, 1), x = c(-3, 2, 3, 2, 4, 1, -3, -12, 6), offset = c(3, 0, -3, -2, -4, -1, 3, -4, 3))
), function(s) { # maximised without Newton's method, then polished
  X <- cbind(1, s$x); inv <- get(s$family)()$linkinv; b <- function(e) if (s$family == "poisson") exp(e) else log1p(exp(e))
  beta <- optim(c(0, 0), function(t) { e <- X %*% t + s$offset; -sum(s$y * e - b(e)) }, control = list(maxit = 5000, reltol = 1e-15))$par
  for (turn in 1:20) { m <- c(inv(X %*% beta + s$offset)); v <- unitVariance[[s$family]](m); beta <- beta + c(solve(t(X) %*% (v * X), t(X) %*% (s$y - m))) }
  c(s, list(beta = beta, CR0 = numbers(dense(X, s$y, m, v, seq_along(s$y)))$CR0))
})

columns <- function(d) as.list(d)
cat(toJSON(list(
  data = list(
    epil = columns(epil2), ohio = columns(ohio2), visits = columns(visits[c("id", "treated", "age", "logdays", "y")]),
    grouped = columns(grouped), continuous = columns(continuous), compete = columns(compete), few = columns(few),
    burden = columns(burden[c("id", "treated", "x", "logdays", "y")]), mild = columns(mild),
    InsectSprays = c(list(y = InsectSprays$count), columns(as.data.frame(model.matrix(~ spray, InsectSprays)[, -1])))),
  fits = fits, glms = glms, ols = ols, satterthwaite = satterthwaite, wald = wald,
  standardised = standardised, quasi = quasi, nb = nb, hard = hard
), digits = NA, auto_unbox = TRUE, null = "null"), "\n")
