<?php
/**
 * What an administrator does: entering settings, switching on, looking how it goes. Mode "on"
 * is refused while the self-test shows anything bad; once on, a bad line warns and does not
 * let anybody in.
 */
class ExposureReset_Desk
{
    private $db;
    private $settings; // as stored
    private $shown;    // as entered, for showing the form again
    private $lines = null;

    public function __construct($db)
    {
        $this->db = $db;
        $tables = new ExposureReset_Tables($db); // a shop that was restored may lack them
        $tables->install();
        $row = ExposureReset_Plugin::row($db);
        $this->settings = ExposureReset_Plugin::settings($row === null ? array() : $row);
        $this->shown = $this->settings;
    }

    /** Takes a form: notices as array('good' => sentences, 'bad' => sentences). */
    public function handle($post)
    {
        $step = isset($post['exposure_step']) && is_string($post['exposure_step']) ? $post['exposure_step'] : '';
        if ($step === 'save') {
            return $this->save(self::merged($this->settings, $post));
        }
        if ($step === 'test') {
            ExposureReset_Kit::open($this->settings, $this->db)->run(true);
            $this->lines = $this->test($this->settings);
        }
        return array();
    }

    /** Settings with what a form changes. An empty key leaves the stored one. */
    public static function merged($settings, $post)
    {
        $values = $settings->toArray();
        foreach (ExposureReset_Settings::names() as $name) {
            if (isset($post[$name]) && is_string($post[$name]) && ($name !== 'key' || trim($post[$name]) !== '')) {
                $values[$name] = $post[$name];
            }
        }
        return ExposureReset_Settings::fromArray($values);
    }

    private function save($new)
    {
        $problems = $new->problems();
        if ($problems) {
            $this->shown = $new;
            return array('bad' => array_merge(array('保存していません。次の点を直してください。'), $problems));
        }
        $this->lines = $this->test($new);
        $bad = self::bad($this->lines);
        $refused = $bad > 0 && $new->isOn() && !$this->settings->isOn();
        if ($refused) {
            $new->mode = 'watch';
        }
        ExposureReset_Plugin::save($this->db, $new);
        $turnedOn = $new->isOn() && !$this->settings->isOn();
        $this->settings = $new;
        $this->shown = $new;
        if ($turnedOn) { // only now the page for forgotten passwords is closed
            $this->lines = $this->test($new);
            $bad = self::bad($this->lines);
        }
        if ($refused) {
            return array('good' => array('保存しました。'), 'bad' => array('自己診断に「不可」があるため、「実施」にはできません。「監視のみ」のままです。'));
        }
        return $bad > 0 ? array('good' => array('保存しました。'), 'bad' => array('自己診断に「不可」があります。')) : array('good' => array('保存しました。'));
    }

    private function test($settings)
    {
        $kit = ExposureReset_Kit::open($settings, $this->db);
        return $kit->selfTest(self::facts($settings, $kit, $this->settings->isOn()))->lines();
    }

    /** What only the shop's pages show. It is noted for the next report, too. $on: the stored mode, which they follow. */
    public static function facts($settings, $kit, $on)
    {
        $facts = array('forgot' => null, 'templates' => ExposureReset_Note::seen($kit->book()));
        if ($on) {
            $facts['forgot'] = ExposureReset_Probe::isClosed(array('', $settings->ca_file), ExposureReset_Eccube::forgotUrl());
            if ($facts['forgot'] !== null) {
                $kit->note(array('forgot-open' => !$facts['forgot']));
            }
        }
        return $facts;
    }

    private static function bad($lines)
    {
        $n = 0;
        foreach ($lines as $line) {
            $n += $line[1] === 'bad' ? 1 : 0;
        }
        return $n;
    }

    /** The page. The token is the shop's. */
    public function page($notices, $action, $tokenName, $token)
    {
        $kit = ExposureReset_Kit::open($this->settings, $this->db);
        $age = ExposureReset_Run::age($kit->book(), time());
        $v = array(
            'notices' => $notices, 'action' => ExposureReset_Pages::path($action) . self::query($action),
            'token' => array($tokenName, $token), 'values' => $this->shown->toArray(), 'lines' => $this->lines,
            'key' => self::hint($this->settings->key), 'numbers' => $kit->numbers(), 'version' => ExposureReset_Run::VERSION, 'mode' => $this->settings->mode,
            'alert' => ExposureReset_Alert::text($this->settings, $age), 'age' => $age,
        );
        unset($v['values']['key']);
        return ExposureReset_DeskPage::answer($v);
    }

    /** Of the address only the number of the plugin is handed on. */
    private static function query($action)
    {
        return preg_match('/[?&]plugin_id=([0-9]{1,9})(&|\z)/', (string) $action, $m) ? '?plugin_id=' . $m[1] : '';
    }

    /** What is shown of a key. */
    public static function hint($key)
    {
        return $key === '' ? '' : substr($key, 0, 8) . '…';
    }
}
