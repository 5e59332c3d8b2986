/*
 * The calling thread: what it has said of its call, and its number. This is state of each thread's
 * own, which no other thread reads.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include <pthread.h>
#include <string.h>

#include "CLockTable.h"
#include "lt_system.h"
#include "lt_tsan.h"

static _Thread_local lt_call_t this_call;

void
lt_set_call_site(const char *file, uint32_t line)
{

	this_call.file = file;
	this_call.line = line;
	this_call.label[0] = 0;
}

void
lt_set_label(const char *text, size_t length)
{

	if (length >= sizeof this_call.label) {
		length = sizeof this_call.label - 1;
		/* A byte that is not a character's first is 10xxxxxx. */
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	(void)memcpy(this_call.label, text, length);
	this_call.label[length] = 0;
}

const lt_call_t *
lt_this_call(void)
{

	return &this_call;
}

void
lt_set_call(const lt_call_t *call)
{

	this_call = *call;
}

/* The calling thread's number, which takes a system call to find; 0: not known yet. */
static _Thread_local uint64_t thread_id;
static pthread_once_t thread_id_once = PTHREAD_ONCE_INIT;

static void
forget_thread_id(void)
{

	thread_id = 0;
}

/* The one thread of a child of fork() has another number. */
static void
forget_thread_id_in_child(void)
{

	(void)pthread_atfork(NULL, NULL, forget_thread_id);
}

void
lt_identify_thread(lt_acquirer_t *who)
{

	if (lt_unlikely(thread_id == 0)) {
		lt_tsan_begin_ignoring_all();
		(void)pthread_once(&thread_id_once, forget_thread_id_in_child);
		lt_tsan_end_ignoring_all();
		thread_id = lt_system_thread_id();
	}
	who->id = thread_id;
#ifdef __APPLE__
	/* Takes no system call there, and nobody else can ask for the name later. */
	(void)pthread_getname_np(pthread_self(), who->name, sizeof who->name);
#endif
}

LT_END

#endif /* LT_SUPPORTED */
