import { afterEach, describe, expect, test } from "vitest";
import {
  type MessagesApi,
  type MessagesApiOptions,
  startMessagesApi,
  textTurn,
  toolTurn,
} from "../../src/testing/index.js";

let api: MessagesApi;
afterEach(() => api.close());

async function start(options: Partial<MessagesApiOptions> = {}): Promise<MessagesApi> {
  api = await startMessagesApi({ script: [textTurn("Hello.")], ...options });
  return api;
}

const prompt = { role: "user", content: "Hi" };

/** Sends a request as a client of the API does. */
async function ask(body: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${api.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "x-api-key": api.apiKey, "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify({ model: "some-model", max_tokens: 100, messages: [prompt], ...body }),
  });
}

/** The part of an answer that tests read: of a message or an error. */
interface Answer {
  readonly stop_reason?: string;
  readonly error?: { readonly type: string };
}

const answerOf = async (response: Response): Promise<Answer> => (await response.json()) as Answer;

/** The data of a stream's events. */
async function eventsOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  return text.split("\n\n").flatMap((event) => {
    const [name, data] = event.split("\n");
    if (name === "" || data === undefined) return [];
    const parsed = JSON.parse(data.replace(/^data: /, ""));
    expect(name).toBe(`event: ${parsed.type}`);
    return [parsed];
  });
}

describe("a good request", () => {
  test("is answered whole", async () => {
    await start({ script: [textTurn("Hello.", { usage: { inputTokens: 7, outputTokens: 3 } })] });
    const message = await (await ask()).json();
    expect(message).toMatchObject({
      type: "message",
      role: "assistant",
      model: "some-model",
      content: [{ type: "text", text: "Hello." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 7, output_tokens: 3 },
    });
  });

  test("is answered as a stream whose pieces make up the blocks", async () => {
    const input = { file_path: "a.txt", content: "é".repeat(1000) };
    await start({ script: [toolTurn("Write", input, "I write.")] });
    const response = await ask({ stream: true });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = await eventsOf(response);
    const types = events.map(({ type }) => type);
    expect([types[0], types.at(-2), types.at(-1)]).toEqual(["message_start", "message_delta", "message_stop"]);
    const deltas = events.map(({ delta }) => delta as Record<string, string> | undefined);
    expect(deltas.map((delta) => delta?.["text"] ?? "").join("")).toBe("I write.");
    expect(JSON.parse(deltas.map((delta) => delta?.["partial_json"] ?? "").join(""))).toEqual(input);
    expect(deltas.at(-2)?.["stop_reason"]).toBe("tool_use");
  });

  test("gets the turn of its conversation, which starts over with each prompt", async () => {
    await start({ script: [toolTurn("Read", { file_path: "a" }), textTurn("Second.")] });
    const called = { role: "assistant", content: [{ type: "tool_use", id: "t", name: "Read", input: {} }] };
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "the file" }] };
    const stopReason = async (messages: object[]) => (await answerOf(await ask({ messages }))).stop_reason;
    expect(await stopReason([prompt])).toBe("tool_use");
    expect(await stopReason([prompt, called, result])).toBe("end_turn");
    expect(await stopReason([prompt, called, result, called, prompt])).toBe("tool_use");
    const past = await ask({ messages: [prompt, called, result, called, result] });
    expect(past.status).toBe(400);
    expect(await past.text()).toContain("no more turns");
  });

  test("is recorded with the status of its answer", async () => {
    await start();
    await ask({ model: "some-model" });
    expect(api.requests).toMatchObject([
      { method: "POST", path: "/v1/messages?beta=true", body: { model: "some-model" }, status: 200 },
    ]);
  });
});

describe("a wrong request is refused as the API refuses it:", () => {
  test.each([
    ["another key", {}, { "x-api-key": "another" }, 401, "authentication_error"],
    ["another bearer token", {}, { "x-api-key": "", authorization: "Bearer x" }, 401, "authentication_error"],
    ["an unknown model", { model: "none" }, {}, 404, "not_found_error"],
    ["no messages", { messages: [] }, {}, 400, "invalid_request_error"],
    ["no limit of its answer", { max_tokens: undefined }, {}, 400, "invalid_request_error"],
  ])("%s", async (_, body, headers, status, type) => {
    await start({ models: ["some-model"] });
    const response = await ask(body, headers);
    expect(response.status).toBe(status);
    expect((await answerOf(response)).error?.type).toBe(type);
  });

  test("another path or method", async () => {
    await start();
    expect((await fetch(`${api.url}/v1/complete`)).status).toBe(404);
    expect((await fetch(`${api.url}/v1/messages`)).status).toBe(405);
  });
});

describe("a fault", () => {
  test("fails its number of requests, and then the next fault begins", async () => {
    await start();
    api.fail({ status: 529, times: 2 });
    api.fail({ status: 429, headers: { "retry-after": "3600" } });
    expect((await ask()).status).toBe(529);
    expect((await answerOf(await ask())).error?.type).toBe("overloaded_error");
    expect((await ask()).headers.get("retry-after")).toBe("3600");
    expect((await ask()).status).toBe(200);
  });

  test("can be removed", async () => {
    await start();
    api.fail({ status: 500, times: Number.POSITIVE_INFINITY });
    expect((await ask()).status).toBe(500);
    api.clearFaults();
    expect((await ask()).status).toBe(200);
  });

  test("cuts the connection before the answer", async () => {
    await start();
    api.fail({ cut: "before-answer" });
    await expect(ask()).rejects.toThrow("fetch failed");
    expect(api.requests[0]?.status).toBeNull();
  });

  test("cuts a stream in the middle of an event", async () => {
    await start({ script: [textTurn("x".repeat(5000))] });
    api.fail({ cut: "mid-stream" });
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test("lets an answer hang until the API is closed", async () => {
    await start();
    api.fail({ hang: "mid-stream" });
    const response = await ask({ stream: true });
    const reading = response.text().then(
      () => "ended",
      () => "broken",
    );
    const first = await Promise.race([reading, new Promise((resolve) => setTimeout(() => resolve("silent"), 50))]);
    expect(first).toBe("silent");
    await api.close();
    expect(await reading).toBe("broken");
  });

  test("of no request at all is refused", async () => {
    await start();
    expect(() => api.fail({ status: 500, times: 0 })).toThrow("at least one request");
  });
});
