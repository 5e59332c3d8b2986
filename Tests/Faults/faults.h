/*
 * A machine that misbehaves as machines may: wake-ups without a cause, interruptions,
 * delays, clocks that jump, no threads to be had. The linker puts it between the core
 * and the system (--wrap), so that neither the core nor its scenarios know of it.
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
/* Lets the n-th thread that the core wants from now on (0 = the next), and `many` of them, not be had. */
void faults_refuse_threads(uint64_t n, uint64_t many);
/* Threads that are to have a policy, or a stack, of their own are not to be had, but plain ones. */
enum attributes { ANY_ATTRIBUTES, NO_POLICY, NO_STACK };
void faults_refuse_attributes(enum attributes);
/* Lets the n-th mutex or condition that is initialised from now on, and no other, not be had. */
void faults_refuse_locks(uint64_t n);
/* How many of these, or threads, were refused since. */
uint64_t faults_refused(void);
/* Waits of a thread that has nothing to do end at once. */
void faults_end_idleness(bool);

#endif /* FAULTS_H */
