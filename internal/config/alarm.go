package config

import "exposure/internal/post"

// alarm wants an address that what is told there can safely be sent to.
func (c *checker) alarm(s string) string {
	const name = "EXPOSURE_ALARM_URL"
	if s == "" {
		return ""
	}
	if u := c.url(name, s); u != nil {
		if err := post.CheckURL(u); err != nil {
			c.refuse(name, "%v", err)
		}
	}
	return s
}

func (c *checker) alarmSecret(s, url string) string {
	const name = "EXPOSURE_ALARM_SECRET"
	switch _, err := post.ParseSecret(s); {
	case err != nil:
		c.refuse(name, "cannot be used: %v; make one with: echo whsec_$(openssl rand -base64 32)", err)
	case s != "" && url == "":
		c.refuse(name, "is set, but EXPOSURE_ALARM_URL is not: give the URL that alarms are posted to, or unset it")
	}
	return s
}
