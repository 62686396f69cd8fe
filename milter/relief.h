/* relief - sees that a thread which is about to wait is not missed by other sessions.
 *
 * Where libmilter has a pool of workers (_FFR_WORKERS_POOL, as Debian builds it), a session
 * with a new command is left to an idle worker whenever one is counted as idle, and that one
 * may be promised to several. Those that it does not take are found by whichever worker next
 * ends its task: soon, as long as tasks are short. When the workers wait, they are never found
 * (seen with 8.17.1: of 500 sessions that came at once up to 240 got no thread). A new
 * connection always brings a worker that looks for them, an idle one or a new one, so each
 * thread that begins to wait makes one, and hangs up: for every worker that leaves, another
 * looks afterwards. Without a pool this does nothing.
 */
#ifndef FXM_RELIEF_H
#define FXM_RELIEF_H

/* Where libmilter listens. For the start, before there are threads. */
void relief_prepare(const char *socket);
/* Call it before waiting. Thread-safe; may take a moment. What fails is said, once. */
void relief_call(void);

#endif
