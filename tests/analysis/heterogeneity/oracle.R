# Rscript oracle.R > reference.json   (R 4.2.2, geepack 1.3.9, clubSandwich, jsonlite)
# Poisson independence equations with arm * subgroup terms, clustered on the unit: CR0 from geepack,
# KC and MD from dense block matrices, MD also as clubSandwich's CR3.
suppressMessages({library(jsonlite); library(geepack); library(clubSandwich)})

robust <- function(fit, id, type) { # Kauermann & Carroll 2001, Mancl & DeRouen 2001, in matrices
  x <- model.matrix(fit); mu <- fitted(fit); bread <- solve(crossprod(x * mu, x)); meat <- 0
  for (g in unique(id)) { k <- id == g; xg <- x[k, , drop = FALSE]; m <- mu[k]
    h <- (xg * m) %*% bread %*% t(xg); r <- (fit$y - mu)[k]
    if (type == "MD") r <- solve(diag(length(m)) - h, r)
    if (type == "KC") { e <- eigen(diag(length(m)) - h); r <- Re(e$vectors %*% diag(1 / sqrt(e$values), length(m)) %*% solve(e$vectors, r)) }
    meat <- meat + tcrossprod(crossprod(xg, r)) }
  bread %*% meat %*% bread
}
make <- function(k, s, nested, mean_e) {
  d <- do.call(rbind, lapply(seq_len(k), function(i) {
    groups <- if (nested) LETTERS[1 + i %% s] else sort(sample(LETTERS[1:s], sample(2:s, 1)))
    u <- rgamma(1, 4, 4)
    data.frame(unit = sprintf("u%02d", i), arm = if (i <= k %/% 2) "treatment" else "control", subgroup = groups,
      e = 1 + rpois(length(groups), mean_e), u = u) }))
  d$y <- rpois(nrow(d), d$e * d$u * .4 * ifelse(d$arm == "treatment" & d$subgroup == "B", .5, 1))
  d$patients <- 1 + rpois(nrow(d), 30)
  d
}
analyse <- function(d) {
  d$treated <- as.numeric(d$arm == "treatment"); d$s <- factor(d$subgroup); s <- nlevels(d$s); k <- length(unique(d$unit))
  fit <- glm(y ~ treated * s + offset(log(e)), poisson, d, control = glm.control(epsilon = 1e-14, maxit = 50))
  gee <- geeglm(y ~ treated * s + offset(log(e)), poisson, d, id = factor(unit), control = geese.control(epsilon = 1e-12))
  at <- grep("^treated:", names(coef(fit))); q <- length(at)
  out <- list(rows = d[c("unit", "arm", "subgroup", "y", "e", "patients")], interaction = unname(coef(fit)[at]), df = k - 2 * s)
  v <- list(CR0 = vcov(gee), KC = robust(fit, d$unit, "KC"), MD = robust(fit, d$unit, "MD"))
  cr3 <- as.matrix(vcovCR(fit, cluster = factor(d$unit), type = "CR3"))
  out$clubSandwich_se <- I(unname(sqrt(diag(cr3)[at])))
  out$tests <- lapply(v, function(v) { w <- as.numeric(t(coef(fit)[at]) %*% solve(v[at, at], coef(fit)[at]))
    list(se = I(unname(sqrt(diag(v)[at]))), wald = w, p = pf(w / q, q, k - 2 * s, lower.tail = FALSE)) })
  # the effect of each subgroup alone, with t(k_s - 2), from its own fit
  out$own <- lapply(levels(d$s), function(l) { x <- d[d$subgroup == l, ]
    f <- glm(y ~ treated + offset(log(e)), poisson, x, control = glm.control(epsilon = 1e-14)); se <- sqrt(robust(f, x$unit, "MD")[2, 2])
    df <- nrow(x) - 2; b <- unname(coef(f)[2])
    list(subgroup = l, ratio = exp(b), se = se, df = df, lower = exp(b - qt(.975, df) * se), upper = exp(b + qt(.975, df) * se), p = 2 * pt(-abs(b / se), df)) })
  # differences of rates: identity link, each row weighted by its exposure, that is ratios of totals
  cell <- interaction(d$s, d$treated); r <- tapply(d$y, cell, sum) / tapply(d$e, cell, sum); tot <- tapply(d$e, cell, sum)
  psi <- (d$y - r[cell] * d$e) / tot[cell] / (1 - d$e / tot[cell])
  m <- t(sapply(unique(d$unit), function(g) { z <- rep(0, 2 * s); j <- which(d$unit == g); z[as.integer(cell)[j]] <- psi[j]; z })); vr <- crossprod(m)
  l <- cbind(-diag(s), diag(s)); contrast <- cbind(-1, diag(s - 1)) %*% l; dv <- contrast %*% vr %*% t(contrast); dd <- contrast %*% r
  w <- as.numeric(t(dd) %*% solve(dv, dd))
  out$difference <- list(contrasts = I(as.vector(dd)), se = I(sqrt(diag(dv))), wald = w, p = pf(w / q, q, k - 2 * s, lower.tail = FALSE))
  out
}
set.seed(20)
cat(toJSON(list(trials = list(crossed = analyse(make(14, 3, FALSE, 60)), nested = analyse(make(40, 2, TRUE, 25)),
  large = analyse(make(90, 4, FALSE, 12)))), digits = NA, auto_unbox = TRUE))
