/*
 * The timer's thread.
 */
#ifndef LT_TIMEKEEPER_H
#define LT_TIMEKEEPER_H

/* Runs until there has been nothing to do for a while. Takes the timer. */
void *lt_timekeeper_run(void *timer);

#endif /* LT_TIMEKEEPER_H */
