import fc from "fast-check";

/** The kinds of requests: the agent ends at once, works until it is released, or fails for good. */
export const requests = ["quick", "hold", "fail"] as const;

/** One of {@link requests}. */
export type RequestKind = (typeof requests)[number];

/** One thing that happens in a history. Messages are named by their number, counted round. */
export type Step =
  | { readonly kind: "deliver"; readonly thread: number; readonly request: RequestKind }
  | { readonly kind: "duplicate"; readonly message: number; readonly copies: number }
  | { readonly kind: "forge" }
  | { readonly kind: "release" | "cancel" | "retry" | "replay"; readonly message: number }
  /** The machine dies after `afterCalls` more calls; another life of it begins. */
  | { readonly kind: "crash gateway" | "crash worker"; readonly machine: number; readonly afterCalls: number }
  | { readonly kind: "restart worker" | "pause worker" | "resume worker"; readonly machine: number }
  | { readonly kind: "flush" }
  /** The leases of dead and stopped machines end. */
  | { readonly kind: "let leases end" }
  /** All wait until nothing happens any more, and every task has to be as in the model. */
  | { readonly kind: "settle" };

const message = fc.nat(30);
const machine = fc.nat(1);
const afterCalls = fc.oneof(fc.constant(0), fc.nat(45));

/** Any step; most of them bring work. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("deliver" as const),
      thread: fc.integer({ min: 1, max: 3 }),
      request: fc.constantFrom("quick", "quick", "quick", "hold", "fail"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("duplicate" as const), message, copies: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "forge" as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("release" as const), message }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("cancel" as const, "retry" as const), message }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("replay" as const), message }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("crash worker" as const, "crash worker" as const, "crash gateway" as const),
      ...{ machine, afterCalls },
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("restart worker" as const, "pause worker" as const, "resume worker" as const),
      machine,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "flush" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "let leases end" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "settle" as const }) },
);
