/*
 * The functions that -fsanitize=thread makes the core call. (ThreadSanitizer's runtime is not
 * linked.) Nothing runs between the note of an access and the access, so the machine is
 * sequentially consistent.
 */
#include "lines.h"

#include <string.h>

void __tsan_init(void);
void __tsan_func_entry(void *);
void __tsan_func_exit(void);
void __tsan_read_range(void *, unsigned long);
void __tsan_write_range(void *, unsigned long);
void __tsan_atomic_thread_fence(int);
void __tsan_atomic_signal_fence(int);

void __tsan_init(void) { }
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void) { }
void __tsan_read_range(void *address, unsigned long size) { cl_access(address, size, false); }
void __tsan_write_range(void *address, unsigned long size) { cl_access(address, size, true); }
void __tsan_atomic_thread_fence(int order) { (void)order; }
void __tsan_atomic_signal_fence(int order) { (void)order; }

#define PLAIN(size)								\
	void __tsan_read##size(void *);						\
	void __tsan_write##size(void *);					\
	void __tsan_unaligned_read##size(void *);				\
	void __tsan_unaligned_write##size(void *);				\
	void __tsan_read##size(void *address) { cl_access(address, size, false); } \
	void __tsan_write##size(void *address) { cl_access(address, size, true); } \
	void __tsan_unaligned_read##size(void *address) { cl_access(address, size, false); } \
	void __tsan_unaligned_write##size(void *address) { cl_access(address, size, true); }

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

/* An operation that reads and writes takes the line as a write does. */
#define UPDATE(bits, name, expression)						\
	uint##bits##_t __tsan_atomic##bits##_##name(volatile void *, uint##bits##_t, int); \
	uint##bits##_t								\
	__tsan_atomic##bits##_##name(volatile void *address, uint##bits##_t operand, int order)	\
	{									\
		uint##bits##_t *place = (uint##bits##_t *)(uintptr_t)address, old;	\
										\
		(void)order;							\
		cl_access(place, bits / 8, true);				\
		old = *place;							\
		*place = (uint##bits##_t)(expression);				\
		return old;							\
	}

#define ATOMIC(bits)								\
	uint##bits##_t __tsan_atomic##bits##_load(const volatile void *, int);	\
	void __tsan_atomic##bits##_store(volatile void *, uint##bits##_t, int);	\
	int __tsan_atomic##bits##_compare_exchange_strong(volatile void *, void *, uint##bits##_t, \
	    int, int);								\
	uint##bits##_t								\
	__tsan_atomic##bits##_load(const volatile void *address, int order)	\
	{									\
										\
		(void)order;							\
		cl_access((const void *)(uintptr_t)address, bits / 8, false);	\
		return *(const uint##bits##_t *)(uintptr_t)address;		\
	}									\
	void									\
	__tsan_atomic##bits##_store(volatile void *address, uint##bits##_t value, int order) \
	{									\
										\
		(void)order;							\
		cl_access((const void *)(uintptr_t)address, bits / 8, true);	\
		*(uint##bits##_t *)(uintptr_t)address = value;			\
	}									\
	/* Takes the line even if it fails, as processors do. */		\
	int									\
	__tsan_atomic##bits##_compare_exchange_strong(volatile void *address, void *expected, \
	    uint##bits##_t value, int order, int failing)			\
	{									\
		uint##bits##_t *place = (uint##bits##_t *)(uintptr_t)address, old;	\
		int swapped;							\
										\
		(void)order;							\
		(void)failing;							\
		cl_access(place, bits / 8, true);				\
		old = *place;							\
		swapped = memcmp(&old, expected, sizeof old) == 0;		\
		if (swapped)							\
			*place = value;						\
		memcpy(expected, &old, sizeof old);				\
		return swapped;							\
	}									\
	UPDATE(bits, exchange, operand)						\
	UPDATE(bits, fetch_add, old + operand)					\
	UPDATE(bits, fetch_sub, old - operand)					\
	UPDATE(bits, fetch_or, old | operand)					\
	UPDATE(bits, fetch_and, old & operand)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

/* --- what replaced.h renames -------------------------------------------------------------- */

void *cl_memcpy(void *, const void *, size_t);
void *cl_memset(void *, int, size_t);
int cl_memcmp(const void *, const void *, size_t);
void cl_prefetch(const void *, int, ...);

void
cl_prefetch(const void *address, int writes, ...)
{

	cl_access(address, 1, writes != 0);
}

static void
access_all(const void *address, size_t size, bool writes)
{

	if (size > 0)
		cl_access(address, size, writes);
}

void *
cl_memcpy(void *to, const void *from, size_t size)
{

	access_all(from, size, false);
	access_all(to, size, true);
	return memcpy(to, from, size);
}

void *
cl_memset(void *to, int byte, size_t size)
{

	access_all(to, size, true);
	return memset(to, byte, size);
}

int
cl_memcmp(const void *a, const void *b, size_t size)
{

	access_all(a, size, false);
	access_all(b, size, false);
	return memcmp(a, b, size);
}
