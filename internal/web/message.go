package web

import "html/template"

// saying is a word and what goes into its places.
type saying struct {
	id     string
	places []any
}

// words are sayings without places; the first is the heading.
func words(ids ...string) []saying {
	list := make([]saying, len(ids))
	for i, id := range ids {
		list[i].id = id
	}
	return list
}

// messageBody is a page of a few sentences and one way on.
type messageBody struct {
	Lines    []template.HTML
	Link     string
	LinkWord string
	Form     string // a form with nothing but a button
	FormWord string
}

// message shows sentences; the page is named after its state.
func (w *Web) message(r *request, name, tab string, body messageBody, says []saying) error {
	r.tab = tab
	p, err := r.headed(name, "", says[0].id, says[0].places...)
	if err != nil {
		return err
	}
	if body.Lines, err = r.lines(says[1:]); err != nil {
		return err
	}
	p.Body = body
	return w.asPage(r, "message", p)
}

func (r *request) lines(says []saying) ([]template.HTML, error) {
	var list []template.HTML
	for _, s := range says {
		line, err := r.web.pages[r.locale].word(s.id, s.places...)
		if err != nil {
			return nil, err
		}
		list = append(list, line)
	}
	return list, nil
}
