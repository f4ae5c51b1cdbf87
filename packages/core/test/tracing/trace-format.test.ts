import { describe, expect, test } from "vitest";
import { formatTraceparent, parseTraceparent, traceFactsOf } from "../../src/tracing/trace-format.js";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

describe("a traceparent", () => {
  test("has a trace, a span and flags, and is made of them again", () => {
    const context = parseTraceparent(traceparent);
    expect(context).toEqual({
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
      traceFlags: 1,
    });
    expect(context && formatTraceparent(context)).toBe(traceparent);
    expect(traceFactsOf(traceparent)).toEqual({ trace_id: context?.traceId, span_id: context?.spanId });
  });

  test.each([
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
    `${traceparent}-more`,
    `${traceparent}\n`,
    "",
  ])("that is malformed is null: %j", (given) => {
    expect(parseTraceparent(given)).toBeNull();
    expect(traceFactsOf(given)).toEqual({});
  });

  test("that is missing gives no facts", () => {
    expect(traceFactsOf(null)).toEqual({});
  });
});
