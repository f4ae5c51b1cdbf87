import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { openPgliteDatabase, openPostgresDatabase, type SqlParameter } from "../../src/index.js";
import { createDatabase } from "../fixtures/create-database.js";

const embedded = await openPgliteDatabase({ dataDirectory: null });
afterAll(() => embedded.close());
const server = await createDatabase();

// A user's application may have changed any of these for its own queries.
const disturbed = server.pool({
  options: "-c DateStyle=German -c bytea_output=escape -c TimeZone=Asia/Kolkata",
  max: 2,
});
const number = "number" as const;
disturbed.on("connect", (client) => client.setTypeParser(pg.types.builtins.JSONB, () => number));
const database = openPostgresDatabase({ pool: disturbed });

async function both(text: string, parameters: readonly SqlParameter[] = []): Promise<unknown> {
  const [row] = await database.query(text, parameters);
  expect(row).toEqual((await embedded.query(text, parameters))[0]);
  return row;
}

describe("rows", () => {
  test("are the same on pg and embedded, whatever the pool is set to", async () => {
    expect(
      await both(`SELECT 1::bigint AS small, 9007199254740993::bigint AS large, -7::integer AS whole, 2::smallint AS short,
        1.50::numeric AS exact, 0.1::double precision AS double, TRUE AS yes, FALSE AS no, NULL::text AS nothing,
        'é "\\' AS words, count(*) AS counted, '{"a": [1, null, "x"]}'::jsonb AS document, '"text"'::json AS plain,
        '\\x00ff5c'::bytea AS bytes, ''::bytea AS empty, ARRAY['a', NULL, 'NULL', '', 'b,"c\\d{}'] AS names,
        '{}'::text[] AS none, ARRAY[1, NULL, 9007199254740993]::bigint[] AS numbers`),
    ).toEqual({
      ...{ small: 1, large: 9007199254740993n, whole: -7, short: 2, exact: "1.50", double: 0.1, yes: true, no: false },
      ...{ nothing: null, words: 'é "\\', counted: 1, document: { a: [1, null, "x"] }, plain: "text" },
      ...{ bytes: new Uint8Array([0, 255, 92]), empty: new Uint8Array(), names: ["a", null, "NULL", "", 'b,"c\\d{}'] },
      ...{ none: [], numbers: [1, null, 9007199254740993n] },
    });
  });

  test("have times as dates, in any time zone", async () => {
    expect(
      await both(`SELECT '2026-03-04 05:06:07.123456+02'::timestamptz AS micro, '1999-12-31 23:59:59Z'::timestamptz AS whole,
        'infinity'::timestamptz AS never, '-infinity'::timestamptz AS ever`),
    ).toEqual({
      micro: new Date("2026-03-04T03:06:07.123Z"),
      whole: new Date("1999-12-31T23:59:59Z"),
      never: Number.POSITIVE_INFINITY,
      ever: Number.NEGATIVE_INFINITY,
    });
  });

  test("carry parameters of every kind unchanged", async () => {
    const at = new Date("2026-11-22T01:02:03.004Z");
    const bytes = new Uint8Array([0, 1, 255]);
    const names = ["a", "", "NULL", 'b,"c\\d{}', "\u{1f980}"];
    expect(
      await both(
        `SELECT $1::text AS words, $2::bigint AS whole, $3::double precision AS double, $4::boolean AS yes,
          $5::text AS nothing, $6::timestamptz AS at, $7::bytea AS bytes, $8::text[] AS names, $9::numeric AS exact`,
        ["it's \\ é", 9007199254740991, 1e21, true, null, at, bytes, names, 0.1],
      ),
    ).toEqual({
      ...{ words: "it's \\ é", whole: 9007199254740991, double: 1e21, yes: true, nothing: null, at, bytes, names },
      exact: "0.1",
    });
    expect(await both("SELECT $1::text AS one, $2::text[] AS many", ["a\u0000\ud800", ["\u0000b"]])).toEqual({
      one: "a\ufffd",
      many: ["b"],
    });
  });

  test("are refused from a pool that asks for binary ones, naming the fix", async () => {
    // Not in the types of pg, but in its documentation.
    const isBinary = { binary: true, max: 1 };
    const binary = openPostgresDatabase({ pool: server.pool(isBinary) });
    await expect(binary.query("SELECT 1 AS one", [])).rejects.toThrow("pool: expected one without `binary: true`");
  });
});
