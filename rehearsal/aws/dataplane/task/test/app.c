/* What the Docker runtime is tested with: one static program is a whole image. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void leave(int signal) {
  (void)signal;
  static const char bye[] = "bye\n";
  write(1, bye, sizeof bye - 1);
  _exit(3);
}

static struct sockaddr_in at(const char *host) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(3000)};
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

static int serve(void) {
  struct sockaddr_in address = at(getenv("HOST"));
  int listening = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 9)) return 9;
  printf("%s from %s\n", getenv("GREETING"), getenv("BAKED"));
  fprintf(stderr, "on stderr\n");
  fflush(stdout);
  for (;;) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    char request[4096];
    int client = accept(listening, 0, 0);
    if (client < 0) continue;
    read(client, request, sizeof request);
    write(client, answer, sizeof answer - 1);
    close(client);
  }
}

static int check(const char *host) {
  struct sockaddr_in address = at(host);
  return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address) ? 1 : 0;
}

int main(int count, char **words) {
  const char *what = count > 1 ? words[1] : "";
  if (!strcmp(what, "check")) return check(words[2]);
  if (!strcmp(what, "exit")) return atoi(words[2]);
  if (!strcmp(what, "eat"))
    for (;;) memset(malloc(1 << 20), 1, 1 << 20);
  if (!strcmp(what, "deaf")) {
    signal(SIGTERM, SIG_IGN);
    for (;;) pause();
  }
  signal(SIGTERM, leave);
  return serve();
}
