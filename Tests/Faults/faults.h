/*
 * A machine that misbehaves as machines may: wake-ups without a cause, interruptions,
 * delays, clocks that jump, refusals. The linker puts it between the core and the
 * system (--wrap), so that neither the core nor its scenarios know of it.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stdint.h>

enum fault {
	NO_FAULT,
	SPURIOUS,	/* One wait in three returns at once, as if it had been woken. */
	INTERRUPTED,	/* Waits return with EINTR and EAGAIN, and all threads get signals. */
	DELAYED,	/* Wake-ups are sent late, and received late. */
	LEAPING,	/* The clock jumps forward, by up to some hours. */
	HALTING,	/* The clock stands still for a while, now and then. */
	STUMBLING,	/* The clock goes back a little, which a monotonic one never does. */
	REFUSING,	/* There is no membarrier(): of a process's first table, and so of all. */
	FAULTS
};

extern const char *const fault_names[FAULTS];

void faults_set(enum fault, uint64_t seed);
/* How often there was a fault since it was set. */
uint64_t faults_made(void);
/* Refuses the core the n-th thread from now on (0 = the next), and those after it: `many`. */
void faults_refuse_threads(uint64_t n, uint64_t many);
/* Refuses threads with a policy, or a stack, of their own; plain ones start. */
enum attributes { ANY_ATTRIBUTES, NO_POLICY, NO_STACK };
void faults_refuse_attributes(enum attributes);
/* Refuses only the n-th mutex or condition that is initialised from now on. */
void faults_refuse_locks(uint64_t n);
/* How many threads, mutexes and conditions were refused since the last of these calls. */
uint64_t faults_refused(void);
/* Waits of a thread that has nothing to do end at once. */
void faults_end_idleness(bool);

#endif /* FAULTS_H */
