import { describe, expect, test } from "vitest";
import { clientOf } from "../../src/http/incoming-request.js";
import { createClientAddress, trustedProxiesSchema } from "../../src/node/client-address.js";

const addressOf = (trusted: readonly string[], socketAddress: string | undefined, headers: Record<string, string>) =>
  createClientAddress(trusted)(socketAddress, new Headers(headers));

describe("the address of a client", () => {
  test("is the socket's, whatever its headers claim, where no proxy is trusted", () => {
    const headers = { "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9" };
    expect(addressOf([], "192.0.2.1", headers)).toBe("192.0.2.1");
    expect(addressOf(["10.0.0.0/8"], "192.0.2.1", headers)).toBe("192.0.2.1");
    expect(addressOf(["loopback"], undefined, headers)).toBeNull();
  });

  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["198.51.100.7, 203.0.113.9", "203.0.113.9"],
    ["198.51.100.7, 203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["10.1.2.3, 10.1.2.4", "10.1.2.3"],
    ["203.0.113.9, unknown", "127.0.0.1"],
    ["203.0.113.9, 10.1.2.3, not an address", "127.0.0.1"],
    ["203.0.113.9, _hidden, 10.1.2.3", "10.1.2.3"],
    ["", "127.0.0.1"],
  ])("behind trusted proxies that pass on X-Forwarded-For: %s is %s", (forwardedFor, expected) => {
    const trusted = ["loopback", "10.0.0.0/8"];
    expect(addressOf(trusted, "::ffff:127.0.0.1", { "x-forwarded-for": forwardedFor })).toBe(expected);
  });

  test.each([
    ["for=203.0.113.9", "203.0.113.9"],
    ['for=198.51.100.7, For="203.0.113.9:80";proto=https;by=10.0.0.1', "203.0.113.9"],
    ['for="[2001:db8::1]:4711"', "2001:db8::1"],
    ["proto=https", "127.0.0.1"],
  ])("behind trusted proxies that pass on Forwarded: %s is %s", (forwarded, expected) => {
    expect(addressOf(["loopback"], "127.0.0.1", { forwarded })).toBe(expected);
  });

  test("is the proxy's where the two headers disagree: one of them is the client's own", () => {
    const both = (forwarded: string) =>
      addressOf(["loopback"], "127.0.0.1", { forwarded, "x-forwarded-for": "203.0.113.9" });
    expect(both("for=203.0.113.9")).toBe("203.0.113.9");
    expect(both("for=198.51.100.7")).toBe("127.0.0.1");
  });

  test("is found by networks with a name, and by single addresses", () => {
    const forwarded = { "x-forwarded-for": "203.0.113.9" };
    for (const [trusted, proxy] of [
      ["loopback", "::1"],
      ["uniquelocal", "192.168.1.1"],
      ["uniquelocal", "fd00::1"],
      ["linklocal", "fe80::1%eth0"],
      ["2001:db8::7", "2001:db8::7"],
      ["2001:db8::/32", "2001:db8:1::7"],
    ] as const)
      expect(addressOf([trusted], proxy, forwarded), `${proxy} in ${trusted}`).toBe("203.0.113.9");
  });
});

test.each(["10.0.0.0/33", "10.0.0", "example.com", "", "*", "::1/129", "10.0.0.0/8/8"])(
  "%j is not a proxy",
  (entry) => {
    expect(trustedProxiesSchema.safeParse([entry]).success).toBe(false);
  },
);

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:2::ffff", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  [null, "unknown"],
])("the client of the address %s is %s", (address, client) => {
  expect(clientOf(address)).toBe(client);
});
