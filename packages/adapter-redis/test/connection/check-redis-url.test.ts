import { describe, expect, test } from "vitest";
import { checkRedisUrl } from "../../src/index.js";

describe("a URL of Redis", () => {
  test.each([
    "redis://host",
    "redis://host:6380/",
    "rediss://user:pass%25word@host:6379/15",
    "redis://:p%23@[::1]/0",
    "redis://host?db=3",
  ])("%s is accepted", (url) => expect(() => checkRedisUrl(url)).not.toThrow());

  test.each([
    ["host:6379", /a URL such as/],
    ["redis:6379", /a URL such as/],
    ["REDISS://host", /a URL such as/],
    ["redis://host:port", /a URL such as/],
    ["http://host", /a URL such as/],
    ["redis://:hunter2%@host", /%25 for each %/],
    ["redis://hun%ter2@host", /%25 for each %/],
    ["redis://host/0#hunter2", /%23 for each #/],
    ["redis://host/queue", /number of a database/],
    ["redis://host/0/1", /number of a database/],
    ["redis://host/-1", /number of a database/],
    ["redis://host?db=queue", /number of a database/],
  ])("%s is refused with its fault, and not repeated", (url, fault) => {
    expect(() => checkRedisUrl(url)).toThrow(
      expect.objectContaining({ code: "CONFIGURATION_INVALID", message: expect.stringMatching(fault) }),
    );
    expect(() => checkRedisUrl(url)).not.toThrow(/hunter|queue/);
  });
});
