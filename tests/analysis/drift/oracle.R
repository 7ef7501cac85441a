# Rscript oracle.R > reference.json     (R 4.2.2, stats, sandwich, jsonlite)
suppressMessages({library(jsonlite); library(sandwich)})
set.seed(3)
course <- function(days, e, rate, drift, noise, own) { # own: how far the arm's days hang together
  t <- (seq_len(days) - 1) / 7; wave <- as.numeric(arima.sim(list(ar = min(own, .9)), days)) * own / 3; common <- exp(.3 * sin(2 * pi * t) + rnorm(days, 0, noise))
  e1 <- rpois(days, e); e0 <- rpois(days, .8 * e)
  data.frame(t = t, e1 = e1, e0 = e0, y1 = rpois(days, e1 * rate * common * exp(drift * t + wave)), y0 = rpois(days, e0 * rate * common))
}
drift <- lapply(list(list(42, 300, .4, 0, .1, 0), list(42, 300, .4, -.05, .3, .5), list(21, 40, .1, .1, 0, 0, 1), list(120, 25, .05, 0, .2, .3, 6), list(60, 500, 2, .01, .1, 0, 0), list(28, 400, 1, 0, 0, .9, 1)),
  function(a) { d <- course(a[[1]], a[[2]], a[[3]], a[[4]], a[[5]], a[[6]]); d <- d[d$y1 + d$y0 > 0 & d$e1 > 0 & d$e0 > 0, ]
    k <- nrow(d); lag <- if (length(a) < 7) floor(4 * (k / 100)^(2 / 9)) else a[[7]]
    f <- glm(cbind(y1, y0) ~ t + offset(log(e1 / e0)), binomial, d, control = glm.control(epsilon = 1e-14, maxit = 50))
    phi <- sum(residuals(f, "pearson")^2) / (k - 2)
    nw <- sqrt(NeweyWest(f, lag = lag, prewhite = FALSE, adjust = TRUE)[2, 2]); quasi <- sqrt(phi * vcov(f)[2, 2])
    b <- unname(coef(f)[2])
    z <- residuals(f, "pearson"); rho <- sum(z[-1] * z[-k]) / sum(z^2); rho <- min(.9, max(0, rho + (2 + 4 * rho) / k))
    se <- max(nw, quasi * sqrt((1 + rho) / (1 - rho))); df <- (k - 2) * (1 - rho) / (1 + rho)
    list(days = d, given_lag = if (length(a) < 7) -1 else a[[7]], lag = lag, ratio = exp(b), nw = nw, quasi = quasi, se = se, dispersion = phi,
      lower = exp(b - qt(.975, df) * se), upper = exp(b + qt(.975, df) * se), p = 2 * pt(-abs(b / se), df), df = df, rho = rho, periods = k) })
breaks <- lapply(list(c(42, 30, 1), c(60, 25, 1.5), c(20, 9, .5), c(90, 30, 1), c(15, 9, 1), c(33, 9, 1.1), c(300, 9, 1.02)), function(a) {
  e <- rpois(a[1], 200); y <- rpois(a[1], e * .3 * ifelse(seq_len(a[1]) > a[2], a[3], 1)); d <- y - sum(y) / sum(e) * e
  k <- a[1]; lag <- floor(4 * (k / 100)^(2 / 9)); s <- abs(cumsum(d))[-k]; at <- which.max(s)
  g <- sapply(0:lag, function(l) sum(d[(1 + l):k] * d[1:(k - l)])); v <- g[1] + 2 * sum((1 - seq_len(lag) / (lag + 1)) * g[-1])
  list(y = y, e = e, lag = lag, period = at, statistic = max(s) / sqrt(v), before = sum(y[1:at]) / sum(e[1:at]),
    after = sum(y[-(1:at)]) / sum(e[-(1:at)]), p = 2 * sum((-1)^(0:99) * exp(-2 * (1:100)^2 * (max(s) / sqrt(v))^2))) })
cat(toJSON(list(drift = drift, breaks = breaks), digits = NA, auto_unbox = TRUE))
