/*
 * The timer's thread.
 */
#ifndef LT_TIMEKEEPER_H
#define LT_TIMEKEEPER_H

/* Runs until there has been no work for a while. The argument is the timer. */
void *lt_timekeeper_run(void *timer);

#endif /* LT_TIMEKEEPER_H */
