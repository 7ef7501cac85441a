import * as z from 'zod';
import { UsageError } from '../../errors.ts';
import type { DayCounts } from '../../intake/day-recorder.ts';
import type { OrderCounts } from '../../intake/order-recorder.ts';
import type { UnitOrders } from '../../intake/unit-orders.ts';
import type { Json } from '../../trial/protocol.ts';
import type { Skips } from './skips.ts';

type OrderNumbers = Omit<OrderCounts, 'units'>;

/** What a run, or a part of one, counted; without units and skips, which are summed on their own. */
export interface RunCounts {
  readonly patients: number;
  readonly eligible: number;
  readonly days: DayCounts;
  readonly orders: OrderNumbers;
}

/** The counts of some patients, as a checkpoint keeps them. */
export interface KeptCounts {
  readonly counts: RunCounts;
  readonly units: readonly UnitOrders[];
  readonly skipped: Skips;
}

/** Nothing of anything. */
export const noCounts: RunCounts = {
  patients: 0,
  eligible: 0,
  days: {
    patientDays: 0,
    durable: 0,
    duplicate: 0,
    failed: 0,
    amended: 0,
    withdrawn: 0,
    leftStanding: 0,
  },
  orders: {
    orders: 0,
    durable: 0,
    duplicate: 0,
    failed: 0,
    tagged: 0,
    revoked: 0,
    further: 0,
    possible: 0,
    unmatched: 0,
    mistagged: 0,
    late: 0,
  },
};

const days = (left: DayCounts, right: DayCounts, sign: 1 | -1): DayCounts => ({
  patientDays: left.patientDays + sign * right.patientDays,
  durable: left.durable + sign * right.durable,
  duplicate: left.duplicate + sign * right.duplicate,
  failed: left.failed + sign * right.failed,
  amended: left.amended + sign * right.amended,
  withdrawn: left.withdrawn + sign * right.withdrawn,
  leftStanding: left.leftStanding + sign * right.leftStanding,
});

const orders = (left: OrderNumbers, right: OrderNumbers, sign: 1 | -1): OrderNumbers => ({
  orders: left.orders + sign * right.orders,
  durable: left.durable + sign * right.durable,
  duplicate: left.duplicate + sign * right.duplicate,
  failed: left.failed + sign * right.failed,
  tagged: left.tagged + sign * right.tagged,
  revoked: left.revoked + sign * right.revoked,
  further: left.further + sign * right.further,
  possible: left.possible + sign * right.possible,
  unmatched: left.unmatched + sign * right.unmatched,
  mistagged: left.mistagged + sign * right.mistagged,
  late: left.late + sign * right.late,
});

/** The counts of two parts of a run; with the sign -1, what the first counts beyond the second. */
export function combined(left: RunCounts, right: RunCounts, sign: 1 | -1 = 1): RunCounts {
  return {
    patients: left.patients + sign * right.patients,
    eligible: left.eligible + sign * right.eligible,
    days: days(left.days, right.days, sign),
    orders: orders(left.orders, right.orders, sign),
  };
}

const count = z.int();
const schema: z.ZodType<KeptCounts> = z.strictObject({
  counts: z.strictObject({
    patients: count,
    eligible: count,
    days: z.strictObject({
      patientDays: count,
      durable: count,
      duplicate: count,
      failed: count,
      amended: count,
      withdrawn: count,
      leftStanding: count,
    }),
    orders: z.strictObject({
      orders: count,
      durable: count,
      duplicate: count,
      failed: count,
      tagged: count,
      revoked: count,
      further: count,
      possible: count,
      unmatched: count,
      mistagged: count,
      late: count,
    }),
  }),
  skipped: z.record(z.string(), z.record(z.string(), count)),
  units: z.array(
    z.strictObject({
      unitId: z.string(),
      arm: z.string(),
      stratum: z.string(),
      openings: count,
      ordered: count,
      possible: count,
      patients: count,
      before: count,
    }),
  ),
});

/**
 * The counts in an entry of a checkpoint.
 *
 * @throws UsageError when they are none
 */
export function keptCountsFrom(document: Json): KeptCounts {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    'the checkpoint cannot be read: remove it and begin anew, which counts nothing twice',
  );
}
