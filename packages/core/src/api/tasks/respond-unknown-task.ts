import { problemResponse } from "../../http/responses.js";

/** 404 for an id that is no task's. */
export function respondUnknownTask(): Response {
  return problemResponse({
    status: 404,
    code: "TASK_UNKNOWN",
    title: "Unknown task",
    detail: "There is no task with this id.",
  });
}
