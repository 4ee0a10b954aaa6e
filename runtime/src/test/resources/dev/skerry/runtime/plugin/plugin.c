/*
 * An execution provider for tests, as a plugin of ONNX Runtime: it finds one device, a CPU by its kind, and takes nodes of two float
 * tensors of the same size, Add and Mul. Written against the tables of functions by their places, which only grow; what is named
 * here is all that it uses. Built by the test with the compiler of the machine.
 *
 * @see https://onnxruntime.ai/docs/execution-providers/plugin-ep-libraries.html
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME "SkerryTestExecutionProvider"
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#define API 24

typedef void Status;
typedef void *Function;

typedef struct {
    const Function *(*get_api)(uint32_t version);
    const char *(*version)(void);
} ApiBase;

/* places in OrtApi */
enum {
    CREATE_STATUS = 0, TENSOR_DATA = 51, ELEMENT_COUNT = 64, TYPE_AND_SHAPE = 65, DIMENSIONS_COUNT = 61, DIMENSIONS = 62,
    CONTEXT_INPUT = 90, CONTEXT_OUTPUT = 91, RELEASE_TYPE = 99, DEVICE_TYPE = 307, EP_API = 317, GRAPH_NODE_COUNT = 344,
    GRAPH_NODES = 345, NODE_OPERATOR = 350, MODEL_EDITOR = 291, CREATE_ATTRIBUTE = 211, NODE_NAME = 349, NODE_INPUT_COUNT = 353,
    NODE_INPUTS = 354, NODE_OUTPUT_COUNT = 355, NODE_OUTPUTS = 356, ATTRIBUTE_BY_NAME = 361, READ_ATTRIBUTE = 272,
    VALUE_NAME = 289, HAS_CONFIG_ENTRY = 237, CONFIG_ENTRY = 238
};
/* places in OrtEpApi */
enum { CREATE_EP_DEVICE = 0, NODES_TO_FUSE = 2 };
/* places in OrtModelEditorApi */
enum { CREATE_NODE = 6 };
/* kinds of attributes */
enum { INTEGER = 1, TEXT = 5 };

static const Function *api;
static const Function *ep_api;

#define CALL(table, place, type) ((type)(table)[place])

typedef struct NodeInfo {
    uint32_t version;
    Status *(*create_state)(struct NodeInfo *, void *context, void **state);
    Status *(*compute)(struct NodeInfo *, void *state, void *context);
    void (*release_state)(struct NodeInfo *, void *state);
    bool multiplies;
} NodeInfo;

typedef struct Ep {
    uint32_t version;
    const char *(*name)(const struct Ep *);
    Status *(*capability)(struct Ep *, const void *graph, void *support);
    Status *(*compile)(struct Ep *, const void **graphs, const void **nodes, size_t count, NodeInfo **infos, void **contexts);
    void (*release_infos)(struct Ep *, NodeInfo **infos, size_t count);
    Function others[32];
    bool keeps_contexts;
} Ep;

typedef struct Factory {
    uint32_t version;
    const char *(*name)(const struct Factory *);
    const char *(*vendor)(const struct Factory *);
    Status *(*devices)(struct Factory *, const void *const *devices, size_t count, void **found, size_t most, size_t *number);
    Status *(*create)(struct Factory *, const void *const *devices, const void *const *metadata, size_t count,
                      const void *options, const void *logger, Ep **ep);
    void (*release)(struct Factory *, Ep *ep);
    uint32_t (*vendor_id)(const struct Factory *);
    const char *(*provider_version)(const struct Factory *);
    Status *(*validate)(struct Factory *, const void *const *devices, size_t count, const char *info, int *compatibility);
    Status *(*create_allocator)(struct Factory *, const void *memory, const void *options, void **allocator);
    void (*release_allocator)(struct Factory *, void *allocator);
    Status *(*create_transfer)(struct Factory *, void **transfer);
    bool (*stream_aware)(const struct Factory *);
    Function others[32];
} Factory;

static Status *failed(const char *text) {
    return CALL(api, CREATE_STATUS, Status *(*)(int, const char *))(1, text);
}

/* ---- running ---- */

static Status *create_state(NodeInfo *info, void *context, void **state) {
    (void)context;
    *state = info;
    return NULL;
}

static void release_state(NodeInfo *info, void *state) {
    (void)info;
    (void)state;
}

static Status *compute(NodeInfo *info, void *state, void *context) {
    const void *left = NULL, *right = NULL;
    void *type = NULL, *out = NULL;
    const float *a, *b;
    float *c;
    size_t count = 0, other = 0, rank = 0;
    int64_t dims[8];
    (void)state;
    CALL(api, CONTEXT_INPUT, Status *(*)(void *, size_t, const void **))(context, 0, &left);
    CALL(api, CONTEXT_INPUT, Status *(*)(void *, size_t, const void **))(context, 1, &right);
    CALL(api, TYPE_AND_SHAPE, Status *(*)(const void *, void **))(right, &type);
    CALL(api, ELEMENT_COUNT, Status *(*)(const void *, size_t *))(type, &other);
    CALL(api, RELEASE_TYPE, void (*)(void *))(type);
    CALL(api, TYPE_AND_SHAPE, Status *(*)(const void *, void **))(left, &type);
    CALL(api, ELEMENT_COUNT, Status *(*)(const void *, size_t *))(type, &count);
    CALL(api, DIMENSIONS_COUNT, Status *(*)(const void *, size_t *))(type, &rank);
    if (count != other || rank > 8) {
        CALL(api, RELEASE_TYPE, void (*)(void *))(type);
        return failed("only tensors of the same size");
    }
    CALL(api, DIMENSIONS, Status *(*)(const void *, int64_t *, size_t))(type, dims, rank);
    CALL(api, RELEASE_TYPE, void (*)(void *))(type);
    CALL(api, CONTEXT_OUTPUT, Status *(*)(void *, size_t, const int64_t *, size_t, void **))(context, 0, dims, rank, &out);
    CALL(api, TENSOR_DATA, Status *(*)(const void *, void **))(left, (void **)&a);
    CALL(api, TENSOR_DATA, Status *(*)(const void *, void **))(right, (void **)&b);
    CALL(api, TENSOR_DATA, Status *(*)(const void *, void **))(out, (void **)&c);
    for (size_t i = 0; i < count; i++) {
        c[i] = info->multiplies ? a[i] * b[i] : a[i] + b[i];
    }
    return NULL;
}

/* ---- what it takes ---- */

static const char *operator_of(const void *node) {
    const char *name = "";
    CALL(api, NODE_OPERATOR, Status *(*)(const void *, const char **))(node, &name);
    return name;
}

static const char *ep_name(const Ep *ep) {
    (void)ep;
    return NAME;
}

static Status *capability(Ep *ep, const void *graph, void *support) {
    size_t count = 0;
    const void **nodes;
    (void)ep;
    CALL(api, GRAPH_NODE_COUNT, Status *(*)(const void *, size_t *))(graph, &count);
    nodes = calloc(count + 1, sizeof *nodes);
    CALL(api, GRAPH_NODES, Status *(*)(const void *, const void **, size_t))(graph, nodes, count);
    for (size_t i = 0; i < count; i++) {
        const char *name = operator_of(nodes[i]);
        if (strcmp(name, "Add") == 0 || strcmp(name, "Mul") == 0 || strcmp(name, "EPContext") == 0) {
            CALL(ep_api, NODES_TO_FUSE, Status *(*)(void *, const void *const *, size_t, const void *))(
                support, &nodes[i], 1, NULL);
        }
    }
    free(nodes);
    return NULL;
}

/* Whether a node that was compiled ahead multiplies: its only content. */
static bool context_multiplies(const void *node) {
    const void *attribute = NULL;
    char text[8] = "";
    size_t size = 0;
    CALL(api, ATTRIBUTE_BY_NAME, Status *(*)(const void *, const char *, const void **))(node, "ep_cache_context", &attribute);
    if (attribute == NULL) {
        return false;
    }
    CALL(api, READ_ATTRIBUTE, Status *(*)(const void *, int, void *, size_t, size_t *))(attribute, TEXT, text, sizeof text, &size);
    return text[0] == 'M';
}

static void *attribute(const char *name, const void *data, int length, int type) {
    void *made = NULL;
    CALL(api, CREATE_ATTRIBUTE, Status *(*)(const char *, const void *, int, int, void **))(name, data, length, type, &made);
    return made;
}

/* A node that holds what was compiled, with the ends of the one that it stands for. */
static Status *context_node(const void *fused, bool multiplies, void **made) {
    const Function *editor = CALL(api, MODEL_EDITOR, const Function *(*)(void))();
    const char *name = "", *inputs[2], *outputs[1];
    const void *in[2], *out[1];
    int64_t one = 1;
    size_t given = 0;
    void *attributes[4];
    CALL(api, NODE_NAME, Status *(*)(const void *, const char **))(fused, &name);
    CALL(api, NODE_INPUT_COUNT, Status *(*)(const void *, size_t *))(fused, &given);
    if (given != 2) {
        return failed("a fused node has two inputs");
    }
    CALL(api, NODE_INPUTS, Status *(*)(const void *, const void **, size_t))(fused, in, 2);
    CALL(api, NODE_OUTPUTS, Status *(*)(const void *, const void **, size_t))(fused, out, 1);
    for (int i = 0; i < 2; i++) {
        CALL(api, VALUE_NAME, Status *(*)(const void *, const char **))(in[i], &inputs[i]);
    }
    CALL(api, VALUE_NAME, Status *(*)(const void *, const char **))(out[0], &outputs[0]);
    attributes[0] = attribute("embed_mode", &one, 1, INTEGER);
    attributes[1] = attribute("ep_cache_context", multiplies ? "M" : "A", 1, TEXT);
    attributes[2] = attribute("main_context", &one, 1, INTEGER);
    attributes[3] = attribute("source", NAME, (int)strlen(NAME), TEXT);
    return CALL(editor, CREATE_NODE,
                Status *(*)(const char *, const char *, const char *, const char *const *, size_t, const char *const *, size_t,
                            void **, size_t, void **))("EPContext", "com.microsoft", name, inputs, 2, outputs, 1, attributes, 4,
                                                       made);
}

static Status *compile(Ep *ep, const void **graphs, const void **fused, size_t count, NodeInfo **infos, void **contexts) {
    for (size_t i = 0; i < count; i++) {
        const void *node = NULL;
        NodeInfo *info = calloc(1, sizeof *info);
        CALL(api, GRAPH_NODES, Status *(*)(const void *, const void **, size_t))(graphs[i], &node, 1);
        info->version = API;
        info->create_state = create_state;
        info->compute = compute;
        info->release_state = release_state;
        info->multiplies = strcmp(operator_of(node), "EPContext") == 0 ? context_multiplies(node)
                                                                       : strcmp(operator_of(node), "Mul") == 0;
        infos[i] = info;
        if (ep->keeps_contexts) {
            Status *status = context_node(fused[i], info->multiplies, &contexts[i]);
            if (status != NULL) {
                return status;
            }
        }
    }
    return NULL;
}

static void release_infos(Ep *ep, NodeInfo **infos, size_t count) {
    (void)ep;
    for (size_t i = 0; i < count; i++) {
        free(infos[i]);
    }
}

/* ---- the factory ---- */

static const char *factory_name(const Factory *factory) {
    (void)factory;
    return NAME;
}

static const char *factory_vendor(const Factory *factory) {
    (void)factory;
    return "Skerry tests";
}

static uint32_t factory_vendor_id(const Factory *factory) {
    (void)factory;
    return 0x5ce7;
}

static const char *factory_version(const Factory *factory) {
    (void)factory;
    return VERSION;
}

static Status *find_devices(Factory *factory, const void *const *devices, size_t count, void **found, size_t most,
                            size_t *number) {
    *number = 0;
#ifndef FINDS_NOTHING
    for (size_t i = 0; i < count && *number < most && *number < 1; i++) {
        if (CALL(api, DEVICE_TYPE, int (*)(const void *))(devices[i]) == 0) {
            Status *status = CALL(ep_api, CREATE_EP_DEVICE,
                                  Status *(*)(Factory *, const void *, const void *, const void *, void **))(
                factory, devices[i], NULL, NULL, &found[*number]);
            if (status != NULL) {
                return status;
            }
            (*number)++;
        }
    }
#else
    (void)factory, (void)devices, (void)count, (void)found, (void)most;
#endif
    return NULL;
}

static Status *create_ep(Factory *factory, const void *const *devices, const void *const *metadata, size_t count,
                         const void *options, const void *logger, Ep **made) {
    char value[8] = "";
    size_t size = sizeof value;
    Ep *ep = calloc(1, sizeof *ep);
    (void)factory, (void)devices, (void)metadata, (void)count, (void)logger;
    ep->version = API;
    ep->name = ep_name;
    ep->capability = capability;
    ep->compile = compile;
    ep->release_infos = release_infos;
    int has = 0;
    CALL(api, HAS_CONFIG_ENTRY, Status *(*)(const void *, const char *, int *))(options, "ep.context_enable", &has);
    if (has) {
        CALL(api, CONFIG_ENTRY, Status *(*)(const void *, const char *, char *, size_t *))(options, "ep.context_enable", value,
                                                                                          &size);
    }
    ep->keeps_contexts = value[0] == '1';
    *made = ep;
    return NULL;
}

static void release_ep(Factory *factory, Ep *ep) {
    (void)factory;
    free(ep);
}

static bool stream_aware(const Factory *factory) {
    (void)factory;
    return false;
}

static Status *no_transfer(Factory *factory, void **transfer) {
    (void)factory;
    *transfer = NULL;
    return NULL;
}

static Status *no_allocator(Factory *factory, const void *memory, const void *options, void **allocator) {
    (void)factory, (void)memory, (void)options;
    *allocator = NULL;
    return NULL;
}

static void release_allocator(Factory *factory, void *allocator) {
    (void)factory, (void)allocator;
}

static Factory factory;

__attribute__((visibility("default"))) Status *CreateEpFactories(const char *registration, const ApiBase *base,
                                                                 const void *logger, Factory **factories, size_t most,
                                                                 size_t *number) {
    (void)registration, (void)logger;
    api = base->get_api(API);
    if (api == NULL || most < 1) {
        *number = 0;
        return NULL;
    }
    ep_api = CALL(api, EP_API, const Function *(*)(void))();
    factory.version = API;
    factory.name = factory_name;
    factory.vendor = factory_vendor;
    factory.devices = find_devices;
    factory.create = create_ep;
    factory.release = release_ep;
    factory.vendor_id = factory_vendor_id;
    factory.provider_version = factory_version;
    factory.create_allocator = no_allocator;
    factory.release_allocator = release_allocator;
    factory.create_transfer = no_transfer;
    factory.stream_aware = stream_aware;
    factories[0] = &factory;
    *number = 1;
    return NULL;
}

__attribute__((visibility("default"))) Status *ReleaseEpFactory(Factory *made) {
    (void)made;
    return NULL;
}
