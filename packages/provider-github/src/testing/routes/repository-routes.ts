import { failure, repositoryRoute } from "../fake-github-route.js";

/** The API's `permission` for roles that it lacks. */
const legacyPermission: Readonly<Record<string, string>> = { maintain: "write", triage: "read" };

/** Repositories, permissions of people, and files of the default branch. */
export const repositoryRoutes = [
  repositoryRoute("GET", "", [["metadata", "read"]], ({ repository, fullName, url }) => {
    const { id, name, owner, defaultBranch = "main" } = repository;
    const html_url = `${url}/${fullName}`;
    const body = { id, name, full_name: fullName, owner: { login: owner }, default_branch: defaultBranch, html_url };
    return { status: 200, body };
  }),
  repositoryRoute("GET", "/collaborators/(?<login>[^/]+)/permission", [["metadata", "read"]], (context) => {
    const user = context.state.findUser(context.parameters["login"] ?? "");
    if (!user) return failure(404, `${context.parameters["login"]} is not a user`);
    const entries = Object.entries(context.repository.collaborators ?? {});
    const role = entries.find(([login]) => login.toLowerCase() === user.login.toLowerCase())?.[1] ?? "none";
    const answer =
      typeof role === "string"
        ? { permission: legacyPermission[role] ?? role, role_name: role }
        : { permission: role.permission, role_name: role.roleName };
    return { status: 200, body: { ...answer, user: { id: user.id, login: user.login, type: user.type ?? "User" } } };
  }),
  repositoryRoute("GET", "/contents/(?<path>.+)", [["contents", "read"]], async (context) => {
    const path = context.parameters["path"] ?? "";
    const { files = {}, readFile = async () => null } = context.repository;
    const under = Object.keys(files).filter((each) => each.startsWith(`${path}/`));
    if (under.length > 0) return { status: 200, body: under.map((each) => ({ type: "file", path: each })) };
    const text = Object.hasOwn(files, path) ? (files[path] ?? null) : await readFile(path);
    if (text === null) return failure(404, "Not Found");
    if (context.headers["accept"]?.includes("raw")) {
      return { status: 200, body: text, headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" } };
    }
    const content = Buffer.from(text).toString("base64");
    return { status: 200, body: { type: "file", encoding: "base64", path, size: Buffer.byteLength(text), content } };
  }),
];
