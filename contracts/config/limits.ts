// Bounds that the config and the updates of a running run share. Zod-free.

/** Upper bound of a run's tasks in flight. */
export const TASKS_IN_FLIGHT_MAX = 500
