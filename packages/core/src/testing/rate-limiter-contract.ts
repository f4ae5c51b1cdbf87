import assert from "node:assert/strict";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { ContractCase, ContractOptions, ContractSubject } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";
import { eventually } from "./eventually.js";
import { freshId } from "./fresh-id.js";

/** The settings of a rate limiter under test. */
export interface RateLimiterSettings {
  /** Number of requests of one key within the window. */
  readonly limit: number;
  /** In milliseconds. */
  readonly windowMs: number;
}

/** {@link ContractOptions} of a subject that has settings. */
export interface RateLimiterContractOptions extends Pick<ContractOptions<RateLimiter>, "lacks"> {
  /** Creates a limiter with these settings. */
  readonly create: (settings: RateLimiterSettings) => Promise<ContractSubject<RateLimiter>>;
}

const limit = 3;

const exhaust = async (limiter: RateLimiter, key: string): Promise<void> => {
  for (let count = 0; count < limit; count += 1) assert.deepEqual(await limiter.consume(key), { status: "allowed" });
};

const longWindowClauses: readonly ContractClause<RateLimiter>[] = [
  {
    name: "a key is allowed up to its limit, then limited with the time to wait",
    check: async (limiter) => {
      const key = freshId("address");
      await exhaust(limiter, key);
      for (const result of [await limiter.consume(key), await limiter.peek(key)]) {
        assert.equal(result.status, "limited");
        assert.ok(result.retryAfterMs > 0 && result.retryAfterMs <= 600_000);
      }
    },
  },
  {
    name: "peek counts nothing",
    check: async (limiter) => {
      const key = freshId("address");
      for (let count = 0; count < 3 * limit; count += 1) {
        assert.deepEqual(await limiter.peek(key), { status: "allowed" });
      }
      await exhaust(limiter, key);
    },
  },
  {
    name: "keys do not share a limit",
    check: async (limiter) => {
      const [one, other] = [freshId("address"), freshId("address")];
      await exhaust(limiter, one);
      await exhaust(limiter, other);
    },
  },
  {
    name: "of many concurrent calls exactly the limit is allowed",
    check: async (limiter) => {
      const key = freshId("address");
      const results = await Promise.all(Array.from({ length: 20 }, () => limiter.consume(key)));
      assert.equal(results.filter(({ status }) => status === "allowed").length, limit);
    },
  },
];

const shortWindowClauses: readonly ContractClause<RateLimiter>[] = [
  {
    name: "a limited key is allowed again after its time, although it was consumed meanwhile",
    check: async (limiter) => {
      const key = freshId("address");
      await eventually(
        "the limit to be reached within one window",
        async () => ((await limiter.consume(key)).status === "limited" ? true : null),
        { everyMs: 0 },
      );
      await eventually("the limit to be over", async () =>
        (await limiter.peek(key)).status === "allowed" ? true : null,
      );
      assert.deepEqual(await limiter.consume(key), { status: "allowed" });
    },
  },
];

/** The contract of the port `RateLimiter`. */
export function rateLimiterContract({ create, lacks = {} }: RateLimiterContractOptions): readonly ContractCase[] {
  const bind = (windowMs: number) => ({ create: () => create({ limit, windowMs }), lacks });
  return [
    ...contractCases("rate limiter", bind(600_000), longWindowClauses),
    ...contractCases("rate limiter", bind(200), shortWindowClauses),
  ];
}
