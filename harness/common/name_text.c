#include "name_text.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* Bytes of "operator<", "operator->" and the like at `at`, whose brackets are none; else 0. */
static size_t operator_length(const char *name, const char *at) {
    static const char word[] = "operator";
    if ((at > name && is_word(at[-1])) || strncmp(at, word, sizeof word - 1) != 0)
        return 0;
    size_t symbols = strspn(at + sizeof word - 1, "<>=-");
    return symbols ? sizeof word - 1 + symbols : 0;
}

/* Bytes of an inline namespace of the standard library at `at`, which sources do not name; else 0.
 */
static size_t inline_namespace_length(const char *name, const char *at) {
    static const char *const namespaces[] = {"__cxx11::", "__1::", "__ndk1::"};
    static const char within[] = "std::";
    size_t before = sizeof within - 1;
    if ((size_t)(at - name) < before || strncmp(at - before, within, before) != 0)
        return 0;
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        size_t length = strlen(namespaces[i]);
        if (strncmp(at, namespaces[i], length) == 0)
            return length;
    }
    return 0;
}

/* ---- template arguments ---- */

/* How a name is written: lists of arguments down to a depth, at that depth the first of each. */
typedef struct detail {
    unsigned depth, arguments;
} detail;

typedef struct writing {
    detail detail;
    unsigned depth;     /* of '<' */
    unsigned hidden_at; /* the depth of the list that is being left out; 0: none is */
    unsigned arguments; /* seen of the list at the detail's depth */
    int parentheses, parentheses_at;
    char *to;
    size_t room, used;
} writing;

static void put(writing *w, const char *text, size_t length) {
    if (w->hidden_at)
        return;
    if (w->used + length < w->room)
        memcpy(w->to + w->used, text, length);
    w->used += length;
}

static void open_list(writing *w) {
    w->depth++;
    put(w, "<", 1);
    if (w->hidden_at)
        return;
    if (w->depth > w->detail.depth) {
        put(w, "...", 3);
        w->hidden_at = w->depth;
    } else if (w->depth == w->detail.depth) {
        w->arguments = 1;
        w->parentheses_at = w->parentheses;
    }
}

static void close_list(writing *w) {
    if (w->hidden_at == w->depth)
        w->hidden_at = 0;
    put(w, ">", 1);
    if (w->depth)
        w->depth--;
}

static void next_argument(writing *w) {
    bool counts = !w->hidden_at && w->depth && w->depth == w->detail.depth &&
                  w->parentheses == w->parentheses_at;
    if (counts && w->arguments++ == w->detail.arguments) {
        put(w, ", ...", 5);
        w->hidden_at = w->depth;
    } else {
        put(w, ",", 1);
    }
}

/* Whether it fits. */
static bool write_name(const char *name, writing *w) {
    for (const char *at = name; *at && w->used < w->room; at++) {
        size_t length = operator_length(name, at);
        if (length) {
            put(w, at, length);
            at += length - 1;
            continue;
        }
        length = inline_namespace_length(name, at);
        if (length) {
            at += length - 1;
            continue;
        }
        w->parentheses += (*at == '(') - (*at == ')');
        if (*at == '<')
            open_list(w);
        else if (*at == '>' && (at == name || at[-1] != '-'))
            close_list(w);
        else if (*at == ',')
            next_argument(w);
        else
            put(w, at, 1);
    }
    if (w->used < w->room)
        w->to[w->used] = '\0';
    return w->used < w->room;
}

static unsigned depth_of(const char *name) {
    unsigned depth = 0, deepest = 0;
    for (const char *at = name; *at; at++) {
        size_t length = operator_length(name, at);
        if (length)
            at += length - 1;
        else if (*at == '<' && ++depth > deepest)
            deepest = depth;
        else if (*at == '>' && depth)
            depth--;
    }
    return deepest;
}

static bool fits(const char *name, detail d, ta_name_text *result, size_t columns) {
    writing w = {.detail = d, .to = result->text, .room = columns + 1};
    return write_name(name, &w);
}

/* Both ends: the first says which library, the last which function. */
static void cut_middle(const char *name, ta_name_text *result, size_t columns) {
    size_t length = strlen(name), head = (columns - 3) / 2, tail = columns - 3 - head;
    (void)snprintf(result->text, sizeof result->text, "%.*s...%s", (int)head, name,
                   name + length - tail);
}

ta_name_text ta_name_fit(const char *name, size_t columns) {
    enum { DEPTHS_TRIED = 8, ARGUMENTS_TRIED = 6 };
    ta_name_text result;
    if (columns > TA_NAME_TEXT_MAX - 1)
        columns = TA_NAME_TEXT_MAX - 1;
    if (columns < TA_NAME_FIT_MIN)
        columns = TA_NAME_FIT_MIN;
    if (strlen(name) <= columns) {
        (void)snprintf(result.text, sizeof result.text, "%s", name);
        return result;
    }
    unsigned deepest = depth_of(name);
    for (unsigned depth = deepest < DEPTHS_TRIED ? deepest : DEPTHS_TRIED; depth > 0; depth--) {
        if (fits(name, (detail){depth, UINT_MAX}, &result, columns))
            return result;
        for (unsigned arguments = ARGUMENTS_TRIED; arguments > 0; arguments--)
            if (fits(name, (detail){depth, arguments}, &result, columns))
                return result;
    }
    ta_name_text bare;
    if (fits(name, (detail){0, 0}, &bare, sizeof bare.text - 1) && strlen(bare.text) > columns)
        cut_middle(bare.text, &result, columns);
    else if (!fits(name, (detail){0, 0}, &result, columns))
        cut_middle(name, &result, columns);
    return result;
}

/* ---- what compilers append ---- */

/* NULL when nothing was appended. */
static const char *appended(const char *name) {
    static const char *const marks[] = {" [clone ",    ".isra.",      ".part.",
                                        ".constprop.", ".cold",       ".llvm.",
                                        ".lto_priv.",  ".localalias", ".__uniq."};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *found = strstr(name, marks[i]);
        if (found && found > name && (!first || found < first))
            first = found;
    }
    return first;
}

size_t ta_name_length(const char *name) {
    const char *end = appended(name);
    return end ? (size_t)(end - name) : strlen(name);
}

bool ta_name_is_part(const char *name) {
    const char *part = strstr(name, ".part.");
    return part && part > name && part >= appended(name);
}

const char *ta_name_base(const char *name, size_t *length) {
    const char *end = name + ta_name_length(name), *base = name, *base_end = end;
    int depth = 0;
    for (const char *at = name; at < end; at++) {
        size_t skipped = operator_length(name, at);
        if (skipped) {
            at += skipped - 1;
            continue;
        }
        if (*at == '<' && depth == 0)
            base_end = at;
        if (*at == '<' || *at == '(' || *at == '{')
            depth++;
        else if ((*at == '>' && at > name && at[-1] != '-') || *at == ')' || *at == '}')
            depth--;
        else if (depth == 0 && at[0] == ':' && at[1] == ':') {
            base = ++at + 1;
            base_end = end;
        }
    }
    /* "(anonymous namespace)" and "operator()" have brackets of their own; a name that begins with
     * its arguments, as Rust's may, is taken whole. */
    *length = (size_t)((base_end > base ? base_end : end) - base);
    return base;
}
