package main

import (
	"fmt"
	"net/url"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/config"
	"exposure/internal/kit/eccube2"
)

type mypageKitCmd struct {
	Shop      string `arg:"" enum:"eccube2" placeholder:"SHOP" help:"Shop system: eccube2."`
	Out       string `required:"" type:"path" placeholder:"DIR" help:"Folder to make; it must not exist."`
	API       string `name:"api-url" placeholder:"URL" help:"Where the shop's server reaches MY page's interface, without /v1; shown on the settings page."`
	PublicURL string `name:"public-url" env:"EXPOSURE_PUBLIC_URL" placeholder:"URL" help:"The look-up's published address; shown on the settings page."`
}

func (mypageKitCmd) Help() string {
	return `Example:
  exposurectl mypage-kit eccube2 --out kit --incident incident.yaml --public-url https://check.example.jp --api-url https://mypage-api.example.jp
  exposurectl client add kit --scope complete,list,enforce --commit

Writes what the shop's programmer needs for an evening: the plugin to upload (EC-CUBE 2.12 to 2.25), the same without a plugin
engine (2.4, 2.11, altered shops), a guide in Japanese, a sheet for going back, and a banner. The shop fetches whom to bar by
itself, so nobody needs a way into its database; the connector is EXPOSURE_CONNECTOR=plugin. With an incident file the shop's
name, the help line and the day of the notice are filled in. It holds no key: that is typed into the settings page.`
}

func (c mypageKitCmd) Run(p *program) error {
	s := eccube2.Settings{API: c.API}
	for flag, value := range map[string]string{"--api-url": c.API, "--public-url": c.PublicURL} {
		if value != "" && !isEncrypted(value) {
			return usagef("%s must be an https address (http only on loopback)", flag)
		}
	}
	if c.PublicURL != "" {
		s.Lookup = strings.TrimSuffix(c.PublicURL, "/") + "/"
	}
	if p.Incident != "" {
		in, _, err := p.incident()
		if err != nil {
			return err
		}
		published := in.PublishedAt.In(in.Zone)
		s.Shop, s.Phone = in.Site.Name.In(breach.Japanese), in.Contact.Phone
		s.Notice = fmt.Sprintf("%d年%d月%d日", published.Year(), published.Month(), published.Day())
	}
	if err := eccube2.Write(c.Out, s); err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "%s: the kit for the shop. Begin with the guide in it. It holds no key: make one with\n  exposurectl client add kit --scope complete,list,enforce --commit\n", c.Out)
	return nil
}

// isEncrypted tells whether a shop's passwords may be asked about over an address.
func isEncrypted(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.User == nil && config.Encrypted(u)
}
