/* The names of functions as people write them, held against those of the linker. */
#include "function_name.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WITHOUT_PARAMETERS = DMGL_AUTO | DMGL_ANSI };
enum { WITH_PARAMETERS = DMGL_AUTO | DMGL_ANSI | DMGL_PARAMS | DMGL_RET_DROP };

/* What GCC and clang append, each perhaps with a number: ".constprop.0.isra.1". */
static const struct {
    const char *text;
    bool is_part;
} suffixes[] = {{".cold", true},       {".part", true},  {".resume", true}, {".destroy", true},
                {".cleanup", true},    {".actor", true}, {".isra", false},  {".constprop", false},
                {".lto_priv", false},  {".llvm", false}, {".clone", false}, {".localalias", false},
                {".specialized", true}};

/* The bytes of a known suffix that ends at `end`, its number included; 0 for none. */
static size_t suffix_before(const char *symbol, size_t end, bool *is_part) {
    size_t digits = end;
    while (digits > 0 && isdigit((unsigned char)symbol[digits - 1]))
        digits--;
    if (digits == end || digits == 0 || symbol[digits - 1] != '.')
        digits = end + 1; /* no number */
    size_t stop = digits - 1;
    bool has_number = stop < end;
    for (unsigned i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(suffixes[i].text);
        if (stop <= length || strncmp(symbol + stop - length, suffixes[i].text, length) != 0)
            continue;
        *is_part |= suffixes[i].is_part;
        return end - stop + length;
    }
    /* Of two functions of internal linkage by one name, link-time optimization calls one "f.1". */
    return has_number && stop > 0 ? end - stop : 0;
}

size_t ta_symbol_base(const char *symbol, bool *is_part) {
    bool part = false;
    size_t length = strcspn(symbol, "@"), suffix; /* "@@GLIBC_2.34" */
    while ((suffix = suffix_before(symbol, length, &part)) > 0)
        length -= suffix;
    if (is_part)
        *is_part = part;
    return length;
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The next character that is not white space; a type of several words is compared without it too.
 */
static const char *skip_blanks(const char *at) {
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* A namespace without a name, as demanglers write it, but for the blank. */
static const char NAMELESS[] = "(anonymousnamespace)";

/* The last identifier of the path. Mangled names hold it as it is, but for operators and for what
 * the ABI abbreviates in std. */
static void find_hint(ta_function_name *name) {
    name->hint[0] = 0;
    if (strstr(name->text, "operator") || starts_with(name->text, "std::") || name->text[0] == '(')
        return;
    const char *begin = name->text, *last = begin;
    size_t length = 0;
    int depth = 0;
    for (const char *at = begin; *at; at++) {
        if (starts_with(at, NAMELESS))
            at += sizeof NAMELESS - 1;
        else if (*at == '(')
            break;
        depth += *at == '<';
        depth -= *at == '>' && depth > 0;
        if (depth > 0 || !is_word(*at) || (at > begin && is_word(at[-1])))
            continue;
        last = at;
        for (length = 0; is_word(last[length]);)
            length++;
    }
    memcpy(name->hint, last, length);
    name->hint[length] = 0;
}

/* Adds bytes without white space. False when there is no room. */
static bool put(char *text, const char *from, size_t bytes) {
    size_t used = strlen(text);
    for (; bytes > 0; bytes--, from++) {
        if (isspace((unsigned char)*from))
            continue;
        if (used + 1 >= TA_FUNCTION_NAME_MAX)
            return false;
        text[used++] = *from;
        text[used] = 0;
    }
    return true;
}

/* Up to where a type goes without what is said of it: "std::vector<int>" of "std::vector<int>&". */
static size_t type_length(const char *at, const char *end) {
    size_t length = 0;
    for (int depth = 0; at + length < end; length++) {
        char c = at[length];
        if (depth == 0 && strchr("&*,)>", c))
            break;
        depth += c == '<' || c == '(';
        depth -= c == '>' || c == ')';
    }
    return length;
}

/* Without white space, and "const T&" as demanglers write it, "T const&": at the begin of each
 * parameter, of a function's or a template's. */
static bool normalize(char *text, const char *from, const char *end) {
    enum { WORD = sizeof "const" - 1 };
    bool begins = false;
    while (from < end) {
        if (begins && end - from > WORD && starts_with(from, "const") &&
            isspace((unsigned char)from[WORD])) {
            size_t length = type_length(from + WORD, end);
            if (!normalize(text, from + WORD, from + WORD + length) || !put(text, "const", WORD))
                return false;
            from += WORD + length;
            begins = false;
            continue;
        }
        begins = strchr("(<,", *from) || (begins && isspace((unsigned char)*from));
        if (!put(text, from++, 1))
            return false;
    }
    return true;
}

/* Cuts from the text what has this begin, up to the end of its template arguments. */
static void cut_all(char *text, const char *begin) {
    for (char *at = text; (at = strstr(at, begin));) {
        char *end = at + strlen(begin);
        for (int depth = 1; *end && depth > 0; end++) {
            depth += *end == '<';
            depth -= *end == '>';
        }
        memmove(at, end, strlen(end) + 1);
    }
}

static void replace_all(char *text, const char *what, const char *by) {
    for (char *at = text; (at = strstr(at, what)); at += strlen(by)) {
        memmove(at + strlen(by), at + strlen(what), strlen(at + strlen(what)) + 1);
        for (size_t i = 0; by[i]; i++)
            at[i] = by[i];
    }
}

/* What nobody writes: the arguments of the standard library's templates that have defaults, its
 * inline namespace. `by` is never longer than `what`. */
static void simplify(char *text) {
    static const char *const defaults[] = {",std::allocator<", ",std::char_traits<",
                                           ",std::less<",      ",std::hash<",
                                           ",std::equal_to<",  ",std::default_delete<"};
    static const char *const names[] = {"string", "string_view", "ostream", "istream", "iostream"};
    replace_all(text, "std::__cxx11::", "std::");
    replace_all(text, "std::__1::", "std::");
    for (unsigned i = 0; i < sizeof defaults / sizeof *defaults; i++)
        cut_all(text, defaults[i]);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        char what[48], by[48];
        snprintf(what, sizeof what, "std::basic_%s<char>", names[i]);
        snprintf(by, sizeof by, "std::%s", names[i]);
        replace_all(text, what, by);
    }
}

/* Where the name itself begins: behind the type that a function returns, which `nm -C` prints of
 * templates. */
static const char *skip_return_type(const char *written) {
    static const char nameless[] = "(anonymous namespace)";
    const char *begin = skip_blanks(written);
    int depth = 0;
    if (strstr(begin, "operator"))
        return begin;
    for (const char *at = begin; *at && (*at != '(' || depth > 0); at++) {
        if (isspace((unsigned char)*at) && depth == 0)
            begin = skip_blanks(at);
        depth += *at == '<';
        depth -= *at == '>';
        if (starts_with(at + 1, nameless))
            at += sizeof nameless - 1;
    }
    return *begin && *begin != '(' ? begin : skip_blanks(written);
}

void ta_function_name_read(const char *written, ta_function_name *name) {
    *name = (ta_function_name){{0}, {0}};
    const char *from = skip_return_type(written);
    if (starts_with(from, "::"))
        from += 2;
    if (!normalize(name->text, from, from + strlen(from)))
        name->text[0] = 0;
    simplify(name->text);
    find_hint(name);
}

static const char *skip_tag(const char *at) {
    const char *end = starts_with(at, "[abi:") ? strchr(at, ']') : NULL;
    return end ? end + 1 : at;
}

/* "<int, 4>" and nothing behind it. */
static bool is_template_list(const char *at) {
    int depth = 0;
    for (; *at; at++) {
        depth += *at == '<';
        depth -= *at == '>';
        if (depth == 0)
            return *at == '>' && !at[1];
    }
    return false;
}

/* Whether a readable name is the one that was written. What may be left out: the arguments of a
 * template at its end (all its instances are meant then), qualifiers behind the parameters, tags of
 * the ABI. */
static bool is_written_so(const char *readable, const char *written) {
    const char *at = written;
    while (*(readable = skip_blanks(readable)) && *at) {
        const char *behind = *readable != *at ? skip_tag(readable) : readable;
        if (behind == readable && *readable++ != *at++)
            return false;
        readable = behind > readable ? behind : readable;
    }
    readable = skip_blanks(skip_tag(readable));
    if (*at)
        return false;
    if (at > written && at[-1] == ')' && (starts_with(readable, "const") || *readable == '&'))
        return !strpbrk(readable, "(:");
    return !*readable || is_template_list(readable);
}

static bool demangles_to(const char *symbol, const char *written, int how) {
    char *readable = cplus_demangle(symbol, how);
    if (readable && strstr(readable, "std::")) {
        char *to = readable;
        for (const char *from = readable; *from; from++)
            *to = *from, to += !isspace((unsigned char)*from);
        *to = 0;
        simplify(readable);
    }
    bool same = readable && is_written_so(readable, written);
    free(readable);
    return same;
}

ta_name_match ta_function_name_match(const ta_function_name *name, const char *symbol) {
    char base[4096];
    bool is_part;
    if (!*name->text ||
        (*name->hint && !strstr(symbol, name->hint) && strcmp(symbol, name->text) != 0))
        return TA_NAME_OTHER;
    if (strcmp(symbol, name->text) == 0) { /* a piece can be named by itself */
        ta_symbol_base(symbol, &is_part);
        return is_part ? TA_NAME_PART : TA_NAME_WHOLE;
    }
    size_t length = ta_symbol_base(symbol, &is_part);
    if (length >= sizeof base)
        return TA_NAME_OTHER;
    memcpy(base, symbol, length);
    base[length] = 0;
    bool same = strcmp(base, name->text) == 0;
    if (!same && base[0] == '_' && (base[1] == 'Z' || base[1] == 'R'))
        same = demangles_to(base, name->text, WITHOUT_PARAMETERS) ||
               demangles_to(base, name->text, WITH_PARAMETERS);
    return !same ? TA_NAME_OTHER : is_part ? TA_NAME_PART : TA_NAME_WHOLE;
}

/* Where the parameters begin; the end when none were written. */
static size_t parameters_at(const char *text) {
    size_t end = strlen(text), at;
    for (at = end; at > 0 && text[at - 1] != ')'; at--) {
        if (is_word(text[at - 1]) == 0 && text[at - 1] != '&')
            return end; /* what may follow them: const, &, && */
    }
    int depth = 0;
    for (; at > 0; at--) {
        depth += text[at - 1] == ')';
        depth -= text[at - 1] == '(';
        if (depth == 0)
            return at > 1 && text[at - 2] != ':' ? at - 1 : end; /* "::(anonymous namespace)" */
    }
    return end;
}

static void without_parameters(const ta_function_name *name, char text[TA_FUNCTION_NAME_MAX]) {
    size_t length = parameters_at(name->text);
    memcpy(text, name->text, length);
    text[length] = 0;
}

bool ta_function_name_is(const ta_function_name *name, const char *readable) {
    char text[TA_FUNCTION_NAME_MAX];
    without_parameters(name, text);
    return *text && is_written_so(readable, text);
}

bool ta_function_name_ends(const ta_function_name *name, const char *short_name) {
    char text[TA_FUNCTION_NAME_MAX];
    without_parameters(name, text);
    const char *last = NULL;
    for (const char *at = text; (at = strstr(at, "::"));)
        last = at += 2;
    return last && *last && is_written_so(short_name, last);
}

int ta_function_name_parameters(const ta_function_name *name) {
    const char *at = name->text + parameters_at(name->text);
    int depth = 0, count = 1;
    if (!*at)
        return -1;
    if (starts_with(at, "()") || starts_with(at, "(void)"))
        return 0;
    for (; *at; at++) {
        depth += *at == '(' || *at == '<';
        depth -= *at == ')' || *at == '>';
        count += *at == ',' && depth == 1;
    }
    return count;
}

void ta_symbol_readable(const char *symbol, char *text, size_t size) {
    char base[4096];
    size_t length = ta_symbol_base(symbol, NULL);
    snprintf(base, sizeof base, "%.*s", (int)(length < 4000 ? length : 4000), symbol);
    char *readable = cplus_demangle(base, WITH_PARAMETERS);
    snprintf(text, size, "%s", readable ? readable : base);
    free(readable);
}
