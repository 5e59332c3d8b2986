/*
 * The functions that -fsanitize=thread makes the core call, with the explorer behind
 * them. (ThreadSanitizer's runtime is not linked.)
 */
#include "explorer.h"

#include <stdlib.h>
#include <string.h>

#define HERE	(ex_pc = __builtin_return_address(0))

void __tsan_init(void) { }
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void) { }
void __tsan_acquire(void *address) { (void)address; }
void __tsan_release(void *address) { (void)address; }

#define PLAIN(size)								\
	void __tsan_read##size(void *address);					\
	void __tsan_write##size(void *address);					\
	void __tsan_unaligned_read##size(void *address);			\
	void __tsan_unaligned_write##size(void *address);			\
	void __tsan_read##size(void *address) { HERE; ex_read(address, size); }	\
	void __tsan_write##size(void *address) { HERE; ex_write(address, size); } \
	void __tsan_unaligned_read##size(void *address) { HERE; ex_read(address, size); } \
	void __tsan_unaligned_write##size(void *address) { HERE; ex_write(address, size); }

void __tsan_init(void);
void __tsan_func_entry(void *);
void __tsan_func_exit(void);
void __tsan_acquire(void *);
void __tsan_release(void *);
void __tsan_read_range(void *, unsigned long);
void __tsan_write_range(void *, unsigned long);

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void
__tsan_read_range(void *address, unsigned long size)
{

	HERE;
	ex_read(address, size);
}

void
__tsan_write_range(void *address, unsigned long size)
{

	HERE;
	ex_write(address, size);
}

static uint64_t replace(uint64_t old, uint64_t with) { (void)old; return with; }
static uint64_t add(uint64_t old, uint64_t with) { return old + with; }
static uint64_t subtract(uint64_t old, uint64_t with) { return old - with; }
static uint64_t bit_or(uint64_t old, uint64_t with) { return old | with; }
static uint64_t bit_and(uint64_t old, uint64_t with) { return old & with; }

#define UPDATE(bits, name, with)						\
	uint##bits##_t __tsan_atomic##bits##_##name(volatile void *, uint##bits##_t, int); \
	uint##bits##_t								\
	__tsan_atomic##bits##_##name(volatile void *address, uint##bits##_t operand, int order) \
	{									\
		HERE;								\
		return (uint##bits##_t)ex_update((void *)(uintptr_t)address, bits / 8, with, operand, \
		    (enum ex_order)order);					\
	}

#define ATOMIC(bits)								\
	uint##bits##_t __tsan_atomic##bits##_load(const volatile void *, int);	\
	void __tsan_atomic##bits##_store(volatile void *, uint##bits##_t, int);	\
	int __tsan_atomic##bits##_compare_exchange_strong(volatile void *, void *, uint##bits##_t, \
	    int, int);								\
	uint##bits##_t								\
	__tsan_atomic##bits##_load(const volatile void *address, int order)	\
	{									\
		HERE;								\
		return (uint##bits##_t)ex_load((const void *)(uintptr_t)address, bits / 8, \
		    (enum ex_order)order);					\
	}									\
	void									\
	__tsan_atomic##bits##_store(volatile void *address, uint##bits##_t value, int order) \
	{									\
		HERE;								\
		ex_store((void *)(uintptr_t)address, bits / 8, value, (enum ex_order)order); \
	}									\
	int									\
	__tsan_atomic##bits##_compare_exchange_strong(volatile void *address, void *expected, \
	    uint##bits##_t value, int order, int failing)			\
	{									\
		uint64_t old = 0;						\
		bool swapped;							\
										\
		HERE;								\
		memcpy(&old, expected, bits / 8);				\
		swapped = ex_swap_if((void *)(uintptr_t)address, bits / 8, &old, value, \
		    (enum ex_order)order, (enum ex_order)failing);		\
		memcpy(expected, &old, bits / 8);				\
		return swapped;							\
	}									\
	UPDATE(bits, exchange, replace)						\
	UPDATE(bits, fetch_add, add)						\
	UPDATE(bits, fetch_sub, subtract)					\
	UPDATE(bits, fetch_or, bit_or)						\
	UPDATE(bits, fetch_and, bit_and)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

void __tsan_atomic_thread_fence(int);

void
__tsan_atomic_thread_fence(int order)
{

	HERE;
	ex_fence((enum ex_order)order);
}

/* Of the compiler's order, which is made before anything runs. */
void __tsan_atomic_signal_fence(int);

void
__tsan_atomic_signal_fence(int order)
{

	(void)order;
}

/* --- what explored.h renames -------------------------------------------------------- */

void *explorer_memcpy(void *, const void *, size_t);
void *explorer_memset(void *, int, size_t);
int explorer_memcmp(const void *, const void *, size_t);

void *
explorer_memcpy(void *to, const void *from, size_t size)
{

	HERE;
	ex_read(from, size);
	ex_write(to, size);
	return memcpy(to, from, size);
}

void *
explorer_memset(void *to, int byte, size_t size)
{

	HERE;
	ex_write(to, size);
	return memset(to, byte, size);
}

int
explorer_memcmp(const void *a, const void *b, size_t size)
{

	HERE;
	ex_read(a, size);
	ex_read(b, size);
	return memcmp(a, b, size);
}
