/*
 * CLockTable.h, continued: waiting without a thread. Only CLockTable.h includes this header.
 */
#ifndef LT_SUSPENSION_H
#define LT_SUSPENSION_H

/*
 * A suspension is one acquisition of a pinned key, by a caller that has a continuation to be
 * resumed instead of a thread to park. The suspension stands in the same queue as threads do.
 *
 * 	create → begin → (resumed → poll → begin)* → end
 *
 * create takes over the pin, which may have LT_SHARED_BIT. If it returns NULL (no memory), the
 * caller keeps the pin.
 *
 * begin either completes or returns LT_SUSPENDED. If it completes, it returns LT_OK, LT_CANCELLED,
 * LT_TIMED_OUT, LT_TOO_MANY, LT_TABLE_FULL, LT_NO_MEMORY, LT_NO_THREAD, LT_CLOSED or another reason
 * for which it was refused, and will not resume. After LT_SUSPENDED the continuation is resumed
 * exactly once, with no lock held, on the thread that caused it.
 *
 * After each resumption call poll, which claims the key if the key was granted, or takes the key
 * if the key is free. The result of poll is a final status, as begin does, or LT_SUSPENDED to call
 * begin again.
 *
 * end frees the suspension and returns the hold (without the bit), or the reason why there is
 * none. Call it exactly once, after begin or poll has returned a final status: a key that was only
 * granted, and not claimed by poll, can be taken back.
 *
 * Any thread may call cancel or refuse, any number of times, from create to end, even before begin.
 * Until the hold is claimed, a refusal or the deadline ends the suspension at once, whether or not
 * its continuation runs. The suspension passes on its turn, or the key.
 *
 * The callback must enqueue the continuation and not run it: a continuation that ran in the
 * callback, and released, would resume the next one from within. A resumed continuation that does
 * not run holds up others under LT_ADAPTIVE for at most 4 ms. Then the next waiter is woken as
 * well, and a key that was granted is taken back (the suspension stays in the queue). Under
 * LT_FIFO the suspension keeps the key.
 */
typedef struct lt_suspension lt_suspension_t;

lt_suspension_t *LT_NULLABLE lt_suspension_create(lt_hold_t pin, uint64_t deadline,
    lt_resume_t LT_NONNULL resume);
/*
 * The same in memory of the caller's: lt_suspension_size() bytes, aligned as malloc's are. The
 * memory must stay until end has returned. The call needs no other memory (with diagnostics, it
 * uses some if there is some), and so does not fail.
 */
lt_suspension_t *LT_NONNULL lt_suspension_create_in(void *LT_NONNULL memory, lt_hold_t pin,
    uint64_t deadline, lt_resume_t LT_NONNULL resume);
size_t lt_suspension_size(void);
/*
 * The same in lt_suspension_least_size() bytes. The suspension shares cache lines with what stands
 * beside it: for waits that end many at a time, where memory counts for more than a hand-off.
 */
lt_suspension_t *LT_NONNULL lt_suspension_create_at(void *LT_NONNULL memory, lt_hold_t pin,
    uint64_t deadline, lt_resume_t LT_NONNULL resume);
size_t lt_suspension_least_size(void);
/*
 * Call it before begin. The suspension waits for key number `index`, from zero, of `count` keys.
 * The acquisitions of all of them count with the last.
 */
void lt_suspension_set_part(lt_suspension_t *LT_NONNULL suspension, size_t index, size_t count);
/*
 * Call it before begin, for a limit of the call's own: begin also fails with LT_TOO_MANY if the key
 * has so many waiters. The stricter one of this limit and the table's counts.
 */
void lt_suspension_set_limit(lt_suspension_t *LT_NONNULL suspension, uint32_t most_waiters);
/*
 * For a thread that parks until its continuation is called, as it has a limit that the core does
 * not keep. Call set_thread before begin: reports then show a thread. Call note_sleep after each
 * begin that has returned LT_SUSPENDED, before parking: it asks config.runs_task, as the core does
 * of the threads that it parks itself.
 */
void lt_suspension_set_thread(lt_suspension_t *LT_NONNULL suspension);
void lt_suspension_note_sleep(lt_suspension_t *LT_NONNULL suspension);
lt_status_t lt_suspension_begin(lt_suspension_t *LT_NONNULL suspension,
    void *LT_NONNULL continuation);
lt_status_t lt_suspension_poll(lt_suspension_t *LT_NONNULL suspension);
void lt_suspension_cancel(lt_suspension_t *LT_NONNULL suspension);
/*
 * Ends it for that reason. LT_CANCELLED is what cancel does. LT_TIMED_OUT does what the timer does
 * at a deadline: the suspension takes the key if that is free, also in begin. Any other reason is
 * LT_CLOSED, LT_DEADLOCK or one that the caller knows. Of two reasons other than LT_TIMED_OUT the
 * first counts; before begin they count before LT_TIMED_OUT.
 */
void lt_suspension_refuse(lt_suspension_t *LT_NONNULL suspension, lt_status_t reason);
lt_hold_t lt_suspension_end(lt_suspension_t *LT_NONNULL suspension);
/*
 * Returns when the suspension joined the queue, by lt_now_ns(), or 0 if it did not. Call it before
 * end.
 */
uint64_t lt_suspension_joined(const lt_suspension_t *LT_NONNULL suspension);

/*
 * Returns whether the thread that keeps the deadlines of suspensions is running. The thread ends
 * when idle for a second.
 */
bool lt_timer_is_running(void);

#endif /* LT_SUSPENSION_H */
