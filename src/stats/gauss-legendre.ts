/** A point of a quadrature rule and what the integrand counts there. */
export interface QuadraturePoint {
  readonly node: number;
  readonly weight: number;
}

/**
 * The Gauss-Legendre rule on [−1, 1]: ∫ f ≈ Σ wᵢ f(xᵢ), exact for polynomials of degree 2n − 1. The
 * nodes are the roots of the Legendre polynomial Pₙ, by Newton's method, wᵢ = 2 / ((1 − xᵢ²) Pₙ'(xᵢ)²).
 *
 * @param order n, at least 2.
 * @see P. J. Davis and P. Rabinowitz, Methods of Numerical Integration (1984), section 2.7. In R:
 *   `statmod::gauss.quad(n)`.
 */
export function gaussLegendre(order: number): readonly QuadraturePoint[] {
  return Array.from({ length: order }, (_, i) => {
    let node = Math.cos((Math.PI * (i + 0.75)) / (order + 0.5));
    let slope = 0;
    for (let turn = 0; turn < 6; turn += 1) {
      let [before, value] = [1, node];
      for (let k = 2; k <= order; k += 1) {
        [before, value] = [value, ((2 * k - 1) * node * value - (k - 1) * before) / k];
      }
      slope = (order * (before - node * value)) / (1 - node * node);
      node -= value / slope;
    }
    return { node, weight: 2 / ((1 - node * node) * slope * slope) };
  });
}
