/* Threads, mutexes and conditions that the system refuses when it is told to. */
#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <pthread.h>

#define load(p)		__atomic_load_n((p), __ATOMIC_SEQ_CST)
#define store(p, v)	__atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define add(p, v)	__atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __real_pthread_mutex_init(pthread_mutex_t *, const pthread_mutexattr_t *);
int __real_pthread_cond_init(pthread_cond_t *, const pthread_condattr_t *);

int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_mutex_init(pthread_mutex_t *, const pthread_mutexattr_t *);
int __wrap_pthread_cond_init(pthread_cond_t *, const pthread_condattr_t *);

static uint64_t created, refuse_from = UINT64_MAX, refuse_to, refused;
static uint64_t locks, lock_refused = UINT64_MAX;
static enum attributes attributes_refused;

/* --- mutexes and conditions ---------------------------------------------------------------- */

static bool
is_lock_refused(void)
{

	if (add(&locks, 1) - 1 != load(&lock_refused))
		return false;
	(void)add(&refused, 1);
	return true;
}

int
__wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{

	return is_lock_refused() ? ENOMEM : __real_pthread_mutex_init(mutex, attributes);
}

int
__wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{

	return is_lock_refused() ? EAGAIN : __real_pthread_cond_init(condition, attributes);
}

void
faults_refuse_locks(uint64_t n)
{

	store(&refused, 0);
	store(&lock_refused, load(&locks) + n);
}

/* --- threads ---------------------------------------------------------------------------- */

/* What the system says of attributes that it does not permit. */
static int
refusal_of(const pthread_attr_t *attributes)
{
	const enum attributes refuses = load(&attributes_refused);
	pthread_attr_t plain;
	size_t size, usual;
	int inherits;

	(void)pthread_attr_getinheritsched(attributes, &inherits);
	if (refuses != ANY_ATTRIBUTES && inherits == PTHREAD_EXPLICIT_SCHED)
		return EPERM;
	(void)pthread_attr_init(&plain);
	(void)pthread_attr_getstacksize(&plain, &usual);
	(void)pthread_attr_destroy(&plain);
	(void)pthread_attr_getstacksize(attributes, &size);
	return refuses == NO_STACK && size != usual ? EINVAL : 0;
}

/*
 * Its own threads start another one only where their stack has too little room, as with the
 * thread-local variables of ThreadSanitizer: that is no start of the core's, but the rest of one.
 */
static bool
is_own_thread_of_core(void)
{
	int state = PTHREAD_CREATE_JOINABLE;
	pthread_attr_t attributes;

	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return false;
	(void)pthread_attr_getdetachstate(&attributes, &state);
	(void)pthread_attr_destroy(&attributes);
	return state == PTHREAD_CREATE_DETACHED;
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*run)(void *), void *argument)
{
	int state = PTHREAD_CREATE_JOINABLE;
	uint64_t n;

	/* The core's own are detached, and the scenarios' are not. */
	if (attributes != NULL)
		(void)pthread_attr_getdetachstate(attributes, &state);
	if (state != PTHREAD_CREATE_DETACHED || is_own_thread_of_core())
		return __real_pthread_create(thread, attributes, run, argument);
	if (refusal_of(attributes) != 0) {
		(void)add(&refused, 1);
		return refusal_of(attributes);
	}
	n = add(&created, 1) - 1;
	if (n >= load(&refuse_from) && n < load(&refuse_to)) {
		(void)add(&refused, 1);
		return EAGAIN;
	}
	return __real_pthread_create(thread, attributes, run, argument);
}

void
faults_refuse_threads(uint64_t n, uint64_t many)
{
	const uint64_t from = load(&created) + n;

	store(&refused, 0);
	store(&refuse_to, many > UINT64_MAX - from ? UINT64_MAX : from + many);
	store(&refuse_from, from);
}

void
faults_refuse_attributes(enum attributes which)
{

	store(&refused, 0);
	store(&attributes_refused, which);
}

uint64_t
faults_refused(void)
{

	return load(&refused);
}
