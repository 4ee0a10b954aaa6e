package dev.skerry.cli;

import java.util.List;

/** One self-contained page: no script, no font, no image from elsewhere, readable in light and dark. */
final class HtmlPage {
    private static final String STYLE = """
            :root{color-scheme:light dark;--ink:#1b2730;--faint:#66757f;--paper:#fbfbf9;--line:#d9dedf;--bar:#7aa6b8;--chosen:#1f6f8b;--bad:#c2412d;--good:#2f7d4f}
            @media(prefers-color-scheme:dark){:root{--ink:#dfe6ea;--faint:#8b9aa3;--paper:#12181c;--line:#2c363c;--bar:#4d7c8f;--chosen:#7cc4de;--bad:#ef7d68;--good:#6fc592}}
            body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:68rem;margin:2rem auto;padding:0 1rem}
            h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .4rem;border-top:1px solid var(--line);padding-top:1rem}
            table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
            th{text-align:left;font-weight:600;color:var(--faint)}td,th{padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
            td.number,th.number{text-align:right}code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
            .faint{color:var(--faint)}.good{color:var(--good)}.bad{color:var(--bad);fill:var(--bad)}
            .wide{overflow-x:auto}.wide svg{min-width:36rem;display:block}.wide td,.wide th{white-space:nowrap}.wide td.long{white-space:normal;min-width:14rem}
            tr.mark td{font-weight:600;color:var(--chosen)}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);padding:.6rem .8rem;font:13px/1.4 ui-monospace,monospace}
            .key{display:inline-block;margin-top:.5rem;margin-right:1.2rem}.key svg{width:.8rem;height:.8rem;margin-right:.4rem}
            svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--faint);paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
            .bar{fill:var(--bar)}.chosen{fill:var(--chosen)}.held{opacity:.6}.dot{fill:var(--bar)}.refused{fill:var(--paper);stroke:var(--bad);stroke-width:1.5}.grid{stroke:var(--line);stroke-width:.5}.front{fill:none;stroke:var(--chosen);stroke-width:1.2;stroke-dasharray:5 3}.thin{stroke:var(--faint);stroke-width:1;opacity:.45}.axis{stroke:var(--line)}.limit{stroke:var(--bad);stroke-dasharray:4 3}.whisker{stroke:var(--ink);stroke-width:2}
            @media print{:root{color-scheme:light;--ink:#000;--faint:#555;--paper:#fff;--line:#ccc}body{max-width:none;margin:0}h2,svg,tr{break-inside:avoid}h2{break-after:avoid}.wide{overflow:visible}.wide td,.wide th{white-space:normal}}
            """;

    /** A longer cell is broken into lines, where others would rather be scrolled to. */
    private static final int LONG_CELL = 28;

    private final StringBuilder body = new StringBuilder();
    private final String title;

    HtmlPage(String title) {
        this.title = title;
    }

    HtmlPage heading(String text) {
        body.append("<h2>").append(Plot.escape(text)).append("</h2>\n");
        return this;
    }

    HtmlPage paragraph(String text) {
        body.append("<p>").append(Plot.escape(text)).append("</p>\n");
        return this;
    }

    HtmlPage faint(String text) {
        body.append("<p class=\"faint\">").append(Plot.escape(text)).append("</p>\n");
        return this;
    }

    HtmlPage plot(String svg) {
        body.append("<div class=\"wide\">").append(svg).append("</div>\n");
        return this;
    }

    /** A mark of a plot and what it means. */
    HtmlPage legend(String style, String meaning) {
        body.append("<span class=\"key\"><svg viewBox=\"0 0 12 12\"><circle cx=\"6\" cy=\"6\" r=\"5\" class=\"")
                .append(style)
                .append("\"/></svg>")
                .append(Plot.escape(meaning))
                .append("</span>\n");
        return this;
    }

    HtmlPage code(String text) {
        body.append("<pre>").append(Plot.escape(text)).append("</pre>\n");
        return this;
    }

    /** Something that a reader should know, with its code. */
    HtmlPage note(String code, String text) {
        body.append("<p>")
                .append(Plot.escape(text))
                .append(" <code class=\"faint\">")
                .append(Plot.escape(code))
                .append("</code></p>\n");
        return this;
    }

    HtmlPage table(List<String> headings, List<List<String>> rows) {
        return table(headings, rows, List.of());
    }

    /** @param marked indices of rows that stand out */
    HtmlPage table(List<String> headings, List<List<String>> rows, List<Integer> marked) {
        body.append("<div class=\"wide\"><table><tr>");
        headings.forEach(
                heading -> body.append("<th>").append(Plot.escape(heading)).append("</th>"));
        body.append("</tr>\n");
        for (int i = 0; i < rows.size(); i++) {
            body.append(marked.contains(i) ? "<tr class=\"mark\">" : "<tr>");
            rows.get(i)
                    .forEach(cell -> body.append(cell.length() > LONG_CELL ? "<td class=\"long\">" : "<td>")
                            .append(Plot.escape(cell))
                            .append("</td>"));
            body.append("</tr>\n");
        }
        body.append("</table></div>\n");
        return this;
    }

    String render() {
        return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
                + "<title>" + Plot.escape(title) + "</title><style>\n" + STYLE + "</style></head><body>\n<h1>"
                + Plot.escape(title) + "</h1>\n" + body + "</body></html>\n";
    }
}
