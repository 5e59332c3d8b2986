/*
 * CLockTable.h, continued: flights. Only CLockTable.h includes this header.
 */
#ifndef LT_FLIGHTS_H
#define LT_FLIGHTS_H

/*
 * A flight is a piece of work that all callers share that want its result: the loading of what a
 * key stands for. A table of LT_FOR_FLIGHTS has one flight for a key at a time. The flight holds
 * the key exclusively, and no caller does. Callers are suspensions (lt_suspension.h), each with the
 * pin of a key, and nothing else may wait for a key of such a table. lt_suspension_begin() and
 * lt_suspension_poll() return one of these:
 *
 *   LT_OK	the caller holds the key, and is the one to begin a flight. The callers that stand
 *		in the queue by then wait for that flight, too
 *   LT_LANDED	a flight that the caller has waited for is over, or the caller's own: the object
 *		of lt_suspension_flight() has the result. The caller has no hold
 *   another	as for a lock: the caller has left alone, and the others stay
 *
 * A caller that holds its key begins a flight in this way, or releases the key:
 *
 *	flight = lt_flight_create_in(memory, hold, …)
 *	lt_flight_set_object(flight, object)
 *	suspension = lt_suspension_create_in(memory, hold, …)	not a pin, in this case
 *	lt_suspension_set_flight(suspension, flight)
 *	lt_suspension_begin(suspension, …)			LT_SUSPENDED: the flight has begun,
 *								and the caller waits for it
 *
 * If begin returns anything else, then no flight has begun. The caller ends the suspension, and
 * releases the hold. Otherwise the thread that does the work puts the result into the object, and
 * then calls lt_flight_land() once, from any thread: all callers that wait for the flight are
 * resumed with LT_LANDED, and the key is released.
 *
 * A flight that its last caller has left is CANCELLED (lt_flight_operations_t.cancel). It still
 * holds its key until it lands, and nobody gets its result. A caller that comes meanwhile waits for
 * the end, and then is granted the key, as for a lock. So is one that comes while a flight is
 * landing. Callers that wait are granted a key in the order in which they came. A task that was
 * granted the key and does not run for 4 ms is put behind the others.
 */
typedef struct lt_flight lt_flight_t;

/*
 * Makes a flight of a hold, which the caller keeps until the flight begins. `memory` is room for
 * it: it is the caller's, and must stay until release() is called for the object, or until the
 * caller knows that the flight does not begin. The call does not fail. `urgency` is that of the
 * work, see lt_suspension_set_urgency(). The object is set before the flight begins.
 */
typedef struct lt_flight_room {
	uint64_t words[10];
} lt_flight_room_t;

lt_flight_t *LT_NONNULL lt_flight_create_in(lt_flight_room_t *LT_NONNULL memory, lt_hold_t hold,
    uint8_t urgency);
void lt_flight_set_object(lt_flight_t *LT_NONNULL flight, void *LT_NONNULL object);
/* Call it before begin, for a suspension that was made of the hold of that flight. */
void lt_suspension_set_flight(lt_suspension_t *LT_NONNULL suspension,
    lt_flight_t *LT_NONNULL flight);
/*
 * Begins a flight whose work the caller does itself. No one waits for it at first, and it is never
 * cancelled.
 */
void lt_flight_begin_alone(lt_flight_t *LT_NONNULL flight);
/*
 * With diagnostics, the caller's hold has a record, which a flight that begins takes from it. From
 * this call on the record is of the flight, and describes the calling thread or task. Where and
 * what for the hold was acquired stays in it. Call it from what does the work. Without diagnostics
 * nothing is done.
 */
void lt_flight_describe(lt_flight_t *LT_NONNULL flight);
/* The flight is over. Its memory may be gone when this returns. */
void lt_flight_land(lt_flight_t *LT_NONNULL flight);
/*
 * Returns the object of the flight that the suspension has waited for, once begin or poll has
 * returned LT_LANDED. The object is valid until lt_suspension_end().
 */
void *LT_NONNULL lt_suspension_flight(const lt_suspension_t *LT_NONNULL suspension);
/*
 * Call it before begin. If a flight is less urgent than one that waits for it, its object is
 * raised (lt_flight_operations_t.raise). The numbers are the caller's.
 */
void lt_suspension_set_urgency(lt_suspension_t *LT_NONNULL suspension, uint8_t urgency);
/* Raises the urgency of a suspension that waits, and with it that of what it waits for. */
void lt_suspension_raise(lt_suspension_t *LT_NONNULL suspension, uint8_t urgency);

#endif /* LT_FLIGHTS_H */
