/*
 * CLockTable.h, continued: names from before 0.1.0, for C code that still has them. Only
 * CLockTable.h includes this header, unless LT_NO_FORMER_NAMES is defined. lt_suspension_outcome()
 * told of a grant that could still be taken back; polling claims it.
 */
#ifndef LT_FORMER_NAMES_H
#define LT_FORMER_NAMES_H

#define lt_suspension_come		lt_suspension_poll
#define lt_suspension_outcome(suspension)	lt_suspension_poll((lt_suspension_t *)(suspension))
#define lt_acquire_several		lt_acquire_multi
#define lt_acquire_several_integers	lt_acquire_multi_integers
#define lt_release_several		lt_release_multi
#define lt_release_several_while_open	lt_release_multi_while_open
#define lt_table_visit			lt_table_inspect
#define lt_visit_t			lt_inspect_t
#define lt_party_t			lt_participant_t
#define LT_MOST_PARTIES			LT_MOST_PARTICIPANTS
#define lt_watch_t			lt_ticker_t
#define lt_watch_start			lt_ticker_start
#define lt_watch_set_period		lt_ticker_set_period
#define lt_watch_stop			lt_ticker_stop

#endif /* LT_FORMER_NAMES_H */
