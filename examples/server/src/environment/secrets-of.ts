import { type Environment, secretNames } from "./environment-schema.js";

/** Every secret text of the environment: none may be stored, shown or logged. The password of a URL is one by itself. */
export function secretsOf(environment: Environment): readonly string[] {
  const secrets = secretNames.map((name) => environment[name]).filter((secret) => secret !== undefined);
  // Each key is a secret without its id, and without the others.
  const keys =
    environment.AGENTBOT_ENCRYPTION_KEYS?.split(",").map((key) => key.slice(key.indexOf(":") + 1).trim()) ?? [];
  const { DATABASE_URL, REDIS_URL, HTTPS_PROXY, HTTP_PROXY } = environment;
  const urls = [DATABASE_URL, REDIS_URL, HTTPS_PROXY, HTTP_PROXY].filter((url) => url !== undefined);
  return [...secrets, ...keys, ...urls.flatMap(passwordsOf)];
}

/** As written and decoded: a percent-encoded password is sent, and appears in errors, decoded. */
function passwordsOf(url: string): readonly string[] {
  const { password, searchParams } = new URL(url);
  return [password, decoded(password), searchParams.get("password") ?? ""].filter((secret) => secret !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
