/** How many of so many rows a limit of the job spec allows: a number of them, or a share such as `"1%"`. */
export function rowsAllowed(limit: number | string, total: number): number {
  if (typeof limit === 'number') return limit;
  // 29% of 100 rows are 29, although 0.29 x 100 is a little less.
  const ROUNDING = 1e-9;
  return Math.floor((Number.parseFloat(limit) * total) / 100 + ROUNDING);
}
