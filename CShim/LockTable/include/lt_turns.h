/*
 * CLockTable.h, continued: places in line. Only CLockTable.h includes this header.
 */
#ifndef LT_TURNS_H
#define LT_TURNS_H

/*
 * A turn is a suspension that joins the queue before somebody waits for it. The calls that make
 * turns never wait, so a callback or an event loop may make them. Turns of one key get it in the
 * order in which they were made, under both policies.
 *
 * 	create → enqueue → await → (resumed → poll) → end → drop
 *
 * A turn never barges: it takes the key at once only if the key is free and no waiter is in line.
 * (One that has stalled is not in line: it was woken, and does not run.) When its time comes the
 * turn has the key, whether or not somebody awaits it, and keeps the key until it is claimed,
 * dropped, cancelled or late. So an unawaited turn holds up all others who want the key. A turn is
 * never asked to compete, and no monitor takes its key back.
 *
 * await, poll, end and drop are its owner's. Any thread may call lt_suspension_cancel() and
 * lt_suspension_refuse(), any number of times, until drop. These need the table: the owner keeps it
 * open until drop, unless it knows that no such call is in progress after end.
 */

/*
 * Makes a turn of a suspension of lt_suspension_create(), and has it join the queue, or take the
 * key. Returns LT_OK, or why the turn was refused, which await returns again: LT_CLOSED,
 * LT_TOO_MANY, LT_TABLE_FULL, LT_CANCELLED, LT_TIMED_OUT; LT_NO_MEMORY or LT_NO_THREAD, if there is
 * no timer for it. A turn whose deadline is past has no use for a free key either.
 *
 * At the deadline a turn that was not claimed yet ends, and passes the key on if it has it. So the
 * deadline also limits for how long an unawaited turn holds up others.
 */
lt_status_t lt_turn_enqueue(lt_suspension_t *LT_NONNULL suspension);
/*
 * Returns LT_OK if the turn has the key, and the reason if the turn has ended. Neither resumes
 * anything. After LT_SUSPENDED the continuation is resumed exactly once, as after
 * lt_suspension_begin(). Then lt_suspension_poll() returns LT_OK or the reason. With diagnostics
 * the caller is the one that is shown from now on. Call it once for each turn.
 */
lt_status_t lt_turn_await(lt_suspension_t *LT_NONNULL turn, void *LT_NONNULL continuation);
/* Returns whether await would return LT_SUSPENDED. The answer may be outdated. */
bool lt_turn_is_in_line(const lt_suspension_t *LT_NONNULL turn);
/*
 * Returns the hold (without LT_SHARED_BIT), or the reason why there is none. Call it once, after
 * await or poll has returned one of them. The turn needs its key no more.
 */
lt_hold_t lt_turn_end(lt_suspension_t *LT_NONNULL turn);
/*
 * Frees the turn, once. One that was not ended leaves the queue, or passes on the key. Nobody may
 * be about to be resumed. Until end or drop the key stays in the table, even if the turn was
 * refused or is late.
 */
void lt_turn_drop(lt_suspension_t *LT_NONNULL turn);

#endif /* LT_TURNS_H */
