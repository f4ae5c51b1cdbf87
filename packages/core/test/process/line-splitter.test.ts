import { describe, expect, test } from "vitest";
import { createLineSplitter } from "../../src/process/read-lines.js";

const split = (chunks: readonly Uint8Array[], maxLineBytes = 1000): string[] => {
  const splitter = createLineSplitter(maxLineBytes);
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  const last = splitter.end();
  return last === null ? lines : [...lines, last];
};

describe("cutting bytes into lines", () => {
  const text = "one\r\ntwo \u2028 \r still two\n\nthrée 🎉\n\0\x1b[31m\n";
  const lines = ["one", "two \u2028 \r still two", "", "thrée 🎉", "\0\x1b[31m"];

  test("only a line feed ends a line, and one carriage return before it is dropped", () => {
    expect(split([Buffer.from(text)])).toEqual(lines);
  });

  test("the lines are the same wherever the chunks are cut", () => {
    const bytes = Buffer.from(text);
    expect(split(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(lines);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(split([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(lines);
    }
  });

  test("invalid UTF-8 becomes U+FFFD and leaves other characters whole", () => {
    expect(split([Uint8Array.of(0x61, 0xff, 0x0a, 0x62, 0x0a)])).toEqual(["a\ufffd", "b"]);
  });

  test("a line of exactly the limit passes, with a carriage return too; one byte more is dropped", () => {
    const splitter = createLineSplitter(3);
    expect(splitter.push(Buffer.from("abc\nabc\r\nabcd\nabcd\r\nab\n"))).toEqual(["abc", "abc", "ab"]);
    expect(splitter.droppedLines).toBe(2);
  });

  test("an unfinished line over the limit is dropped at the end", () => {
    const splitter = createLineSplitter(3);
    expect(splitter.push(Buffer.from("abcdefgh"))).toEqual([]);
    expect(splitter.end()).toBeNull();
    expect(splitter.droppedLines).toBe(1);
  });

  test("keeps a copy, since a reader may reuse its chunk", () => {
    const splitter = createLineSplitter(100);
    const chunk = Buffer.from("first");
    splitter.push(chunk);
    chunk.fill(0x78);
    expect(splitter.push(Buffer.from("\n"))).toEqual(["first"]);
  });
});
