export * from "../../http/read-body.js";
