/*
 * CLockTable.h, continued: shutting a table down, and failing one waiter. Only CLockTable.h
 * includes this header.
 */
#ifndef LT_SHUTDOWN_H
#define LT_SHUTDOWN_H

/*
 * From now on, calls that can fail do so with LT_CLOSED, whether or not their key is free: a try,
 * an acquisition with a deadline, and a suspension without LT_UNREFUSED, new or waiting. They
 * release what they have, as after any failure. Calls that cannot fail (LT_FOREVER, LT_UNREFUSED)
 * go on as before, as do holders, downgrades, pins and releases. With LT_OR_PIN, a call pins its
 * key even if it is free, so that what follows from the pin decides. A call in progress that finds
 * its key free may still take it.
 *
 * When the call returns, no waiter that can fail is in a queue, and each has been woken. A table
 * stays shut down. A second call does no harm. This is not lt_table_close(), which ends the
 * caller's use of the table.
 *
 * The call locks each stripe, one after the other. Stripes that are not in use yet take memory from
 * then on. Other threads wait at most for one step for each key and each waiter of a stripe, and
 * for 16 waiters that leave.
 */
void lt_table_shut_down(lt_table_t *LT_NONNULL table);
bool lt_table_is_shut_down(const lt_table_t *LT_NONNULL table);

/*
 * Fails the waiter whose participant has that serial (lt_table_inspect()), if it is still in a
 * queue and its call can fail. The status is LT_DEADLOCK, LT_CLOSED, LT_CANCELLED or LT_TIMED_OUT.
 * A multi-key call fails as a whole. The waiter passes its turn on. Returns whether the waiter
 * fails. The table must have diagnostics.
 *
 * The call locks each stripe, one after the other, until it has found the waiter. Other threads
 * wait at most for one step for each key and each waiter of a stripe.
 */
bool lt_fail_waiter(lt_table_t *LT_NONNULL table, uint64_t serial, lt_status_t status);

#endif /* LT_SHUTDOWN_H */
