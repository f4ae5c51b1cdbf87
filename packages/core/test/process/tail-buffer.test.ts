import { describe, expect, test } from "vitest";
import { createTailBuffer } from "../../src/process/tail-buffer.js";

describe("keeping the end of a stream", () => {
  test("keeps all of it while it is short", () => {
    const tail = createTailBuffer(10);
    tail.push(Buffer.from("abc"));
    tail.push(Buffer.from("def"));
    expect(tail.text()).toBe("abcdef");
  });

  test("keeps the end of a long one, however it is cut into chunks", () => {
    for (const size of [1, 2, 3, 7, 10, 11, 30]) {
      const tail = createTailBuffer(10);
      const bytes = Buffer.from("0123456789abcdefghijklmnopqrstuvwxyz");
      for (let at = 0; at < bytes.length; at += size) tail.push(bytes.subarray(at, at + size));
      expect(tail.text()).toBe("qrstuvwxyz");
    }
  });

  test("never starts inside a character", () => {
    const tail = createTailBuffer(3);
    tail.push(Buffer.from("aéé"));
    expect(tail.text()).toBe("é");
  });
});
