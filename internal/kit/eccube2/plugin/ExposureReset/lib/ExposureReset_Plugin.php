<?php
/** Where the plugin keeps its settings (dtb_plugin.free_field1), and the shop's database. */
class ExposureReset_Plugin
{
    const CODE = 'ExposureReset';

    public static function db()
    {
        return new ExposureReset_EccubeDb();
    }

    /** Settings of a row of dtb_plugin; before anything was saved those the package came with. */
    public static function settings($row)
    {
        $kept = isset($row['free_field1']) ? (string) $row['free_field1'] : '';
        return $kept === '' ? self::defaults() : ExposureReset_Settings::unpack($kept);
    }

    /** What the package came with: no key, mode watch. */
    public static function defaults()
    {
        $file = dirname(__FILE__) . '/../defaults.php';
        $values = is_file($file) ? include $file : array();
        return ExposureReset_Settings::fromArray(is_array($values) ? $values : array());
    }

    /** This plugin's row of dtb_plugin, or null where it is not installed. */
    public static function row($db)
    {
        $rows = $db->all('SELECT * FROM dtb_plugin WHERE plugin_code = ?', array(self::CODE));
        return $rows ? $rows[0] : null;
    }

    public static function save($db, $settings)
    {
        $db->run('UPDATE dtb_plugin SET free_field1 = ?, update_date = CURRENT_TIMESTAMP WHERE plugin_code = ?', array($settings->pack(), self::CODE));
    }
}
