// Module hooks that let Node.js run the sources as they are, one module a file, so that its coverage counts files.
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { transform } from "esbuild";

if (isMainThread) register(import.meta.url, pathToFileURL("./"));

export async function resolve(specifier, context, next) {
  const isSource = specifier.startsWith(".") && /\.ts$/.test(context.parentURL ?? "");
  return await next(isSource ? specifier.replace(/\.js$/, ".ts") : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  const { code } = await transform(text, { loader: "ts", format: "esm", target: "node20" });
  return { format: "module", source: code, shortCircuit: true };
}
